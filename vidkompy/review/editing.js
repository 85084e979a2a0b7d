"use strict";
// What a person changes: each edit is sent to the server, which answers with what holds then.

const ALIVE_MS = 4000; // from one sign of life to the next; the server waits for several
const NUDGES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const EDIT_KEYS = {
  Enter: "pin", x: "unpin", u: "unmatch", "[": "earlier", "]": "later", a: "apply", z: "undo", y: "redo", s: "save",
};
const editor = document.getElementById("editor");
let held = data.state; // as the server said last

let sent = Promise.resolve(); // the edit before: the next one waits for its answer, which it builds on

// values: of the edit, or a function that says them once all before are answered
function send(action, values) {
  return (sent = sent.then(() => sendNow(action, typeof values === "function" ? values() : values)));
}

async function sendNow(action, values) {
  const answer = await fetch(`do/${action}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...values, version: held.version }),
  }).catch(() => null);
  if (!answer) return say("The review has ended: its server does not answer. Nothing more is saved.");
  if (!answer.ok) {
    const refusal = await answer.text();
    await followOtherTabs();
    return say(refusal);
  }
  take(await answer.json());
  say(sentenceOf(action));
  if (action === "apply") await renewFacts();
}

// The state as the server says it, in the place of what was held.
function take(state) {
  if (JSON.stringify(state.placement) !== JSON.stringify(held.placement) || state.applies !== held.applies) forgetFrames(data);
  held = state;
  renderEditor();
  viewer.refresh();
}

// What another tab did since is shown here, too.
async function followOtherTabs() {
  const answer = await fetch("state");
  if (!answer.ok) return;
  const state = await answer.json();
  if (state.version === held.version) return;
  const isNewMap = state.applies !== held.applies;
  take(state);
  say("Another tab changed this review; what holds now is shown.");
  if (isNewMap) await renewFacts();
}

// Summary and plots as things stand now: those of the page as it would be loaded.
async function renewFacts() {
  const answer = await fetch("");
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const name of [".facts", ".plots"]) document.querySelector(name).replaceWith(fresh.querySelector(name));
}

function sentenceOf(action) {
  if (action === "apply") return held.changed_frames ? `${held.changed_frames} ${held.changed_frames === 1 ? "frame shows" : "frames show"} another BG frame now.` : "No frame changed.";
  if (action === "save" && held.kept === null) return "Nothing changed since it was read or saved: nothing is written.";
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
  send("move", () => ({ ...placeHeld(), x: held.placement.x + dx, y: held.placement.y + dy }));
}

function placeHeld() {
  const { x, y, width, height } = held.placement;
  return { x, y, width, height };
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
    if (!action || event.altKey || (action === "pin" && event.target.closest("button:not([data-neighbour])"))) return;
    event.preventDefault();
    EDITS[action]();
  });
  field("frame").addEventListener("input", () => show(Number(field("frame").value)));
  document.getElementById("viewer").addEventListener("shown", (event) => (field("frame").value = String(event.detail.at)));
}

function show(at) {
  if (Number.isInteger(at) && at >= 0 && at < data.frameCount) viewer.set({ ...viewer.state(), at, bg: undefined, centre: undefined });
}

async function signLife() {
  try {
    const { version } = await (await fetch("alive", { method: "POST" })).json();
    if (version !== held.version) await followOtherTabs();
  } catch {
    say("The review has ended: its server does not answer.");
  }
}

listenToEdits();
renderEditor();
setInterval(signLife, ALIVE_MS);
addEventListener("pagehide", () => navigator.sendBeacon("gone"));
addEventListener("beforeunload", (event) => { if (!held.is_saved) event.preventDefault(); });
