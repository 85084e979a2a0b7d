"use strict";
// What a person changes: each edit is sent to the server, which answers with what holds then.

const ALIVE_MS = 4000; // from one sign of life to the next; the server waits for several
const NUDGES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const EDIT_KEYS = {
  Enter: "pin", x: "unpin", u: "unmatch", "[": "earlier", "]": "later", a: "apply", z: "undo", y: "redo", s: "save",
};
const editor = document.getElementById("editor");
let held = data.state; // as the server said last

async function send(action, values) {
  const answer = await fetch(`do/${action}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values),
  }).catch(() => null);
  if (!answer) return say("The review has ended: its server does not answer. Nothing more is saved.");
  if (!answer.ok) return say(await answer.text());
  const before = held;
  held = await answer.json();
  if (JSON.stringify(before.placement) !== JSON.stringify(held.placement) || action === "apply") forgetFrames(data);
  renderEditor();
  viewer.refresh();
  say(sentenceOf(action, before));
  if (action === "apply") await renewFacts();
}

// Summary and plots as things stand now: those of the page as it would be loaded.
async function renewFacts() {
  const answer = await fetch("");
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const name of [".facts", ".plots"]) document.querySelector(name).replaceWith(fresh.querySelector(name));
}

function sentenceOf(action, before) {
  if (action === "apply") return held.changed_frames ? `${held.changed_frames} ${held.changed_frames === 1 ? "frame shows" : "frames show"} another BG frame now.` : "No frame changed.";
  if (action === "save") return `Saved. The sidecar as it was: ${held.kept}`;
  return held.is_applied ? "As it was applied last." : "Changed; apply it to see what comes of it.";
}

const EDITS = {
  pin: () => send("pin", { fg: shownFrame().fg, bg: shownNeighbour().bg }),
  unpin: () => send("unpin", rangeOf()),
  unmatch: () => send("unmatch", rangeOf()),
  earlier: () => moveNeighbours(-1),
  later: () => moveNeighbours(1),
  apply: () => (say("Aligning again ..."), send("apply", {})),
  undo: () => send("undo", {}),
  redo: () => send("redo", {}),
  save: () => send("save", {}),
  place: () => send("move", placeTyped()),
};

function shownFrame() {
  const { at, centre } = viewer.state();
  return frameAt(data, at, centre);
}

function shownNeighbour() {
  return shownFrame().neighbours[neighbourOf(shownFrame(), viewer.state())];
}

function moveNeighbours(by) {
  const centre = Math.min(data.bgCount - 1, Math.max(0, shownNeighbour().bg + by));
  loadFrame(data, viewer.state().at, centre).then(() => {
    const at = frameAt(data, viewer.state().at, centre).neighbours.findIndex((n) => n.bg === centre);
    viewer.set({ ...viewer.state(), centre, bg: at });
  });
}

// The frames that were typed; without any the one that is shown.
function rangeOf() {
  const [first, last] = ["first", "last"].map((name) => field(name).value);
  const shown = shownFrame().fg;
  return { first: first === "" ? shown : Number(first), last: last === "" ? (first === "" ? shown : Number(first)) : Number(last) };
}

function nudge(dx, dy) {
  const { x, y, width, height } = held.placement;
  send("move", { x: x + dx, y: y + dy, width, height });
}

function placeTyped() {
  return Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, field(name).value === "" ? null : Number(field(name).value)]));
}

function field(name) {
  return editor.querySelector(`[name="${name}"]`);
}

function say(text) {
  setText(editor, "said", text);
}

function renderEditor() {
  for (const name of ["x", "y", "width", "height"]) field(name).value = String(held.placement[name]);
  const disabled = { undo: !held.can_undo, redo: !held.can_redo, apply: held.is_applied, save: !held.is_applied || held.is_saved };
  for (const [action, isOff] of Object.entries(disabled)) editor.querySelector(`[data-edit="${action}"]`).disabled = isOff;
  const pins = held.pins.map((p) => element("li", { textContent: pinText(p) }));
  editor.querySelector('[data-list="pins"]').replaceChildren(...(pins.length ? pins : [element("li", { textContent: "none" })]));
  const changes = held.changes.map((c) => {
    const button = element("button", { type: "button", textContent: changeText(c) });
    button.dataset.at = String(c.first);
    const item = element("li", {});
    item.append(button);
    return item;
  });
  editor.querySelector('[data-list="changes"]').replaceChildren(...changes);
  const reasons = held.reasons.map((text) => element("li", { textContent: text }));
  editor.querySelector('[data-list="reasons"]').replaceChildren(...reasons);
}

function pinText(p) {
  const frames = p.count > 1 ? `${p.fg} to ${p.fg + p.count - 1}` : `${p.fg}`;
  return `FG ${frames}: ${p.bg === null ? "no BG frame" : `BG from ${p.bg} on`}`;
}

function changeText(c) {
  const name = (bg) => (bg < 0 ? "no BG frame" : `BG ${bg}`);
  const frames = c.last > c.first ? `FG ${c.first} to ${c.last}` : `FG ${c.first}`;
  return `${frames}: ${name(c.before)} became ${name(c.after)}`;
}

function listenToEdits() {
  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-edit], button[data-nudge]");
    if (!button) return;
    if (button.dataset.edit) EDITS[button.dataset.edit]();
    else nudge(...button.dataset.nudge.split(" ").map(Number));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.target.closest("input, dialog")) return;
    if (isNudge(event)) {
      event.preventDefault();
      nudge(...NUDGES[event.key].map((step) => step * (event.altKey ? 0.1 : 1)));
      return;
    }
    const action = EDIT_KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || event.altKey || (action === "pin" && event.target.closest("button"))) return;
    event.preventDefault();
    EDITS[action]();
  });
  field("frame").addEventListener("input", () => show(Number(field("frame").value)));
  document.getElementById("viewer").addEventListener("shown", (event) => (field("frame").value = String(event.detail.at)));
}

function show(at) {
  if (Number.isInteger(at) && at >= 0 && at < data.frameCount) viewer.set({ ...viewer.state(), at, bg: undefined, centre: undefined });
}

function signLife() {
  fetch("alive", { method: "POST" }).catch(() => say("The review has ended: its server does not answer."));
}

listenToEdits();
renderEditor();
setInterval(signLife, ALIVE_MS);
addEventListener("pagehide", () => navigator.sendBeacon("gone"));
addEventListener("beforeunload", (event) => { if (!held.is_saved) event.preventDefault(); });
