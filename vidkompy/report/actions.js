"use strict";
// What keys, buttons and fingers do: each action makes a new state of the old one.

const FLICKER_MS = 400; // a picture: 2.5 changes a second, below the 3 flashes that WCAG 2.3.1 allows
const EDGE_STEP = 5; // percent that a key moves the edge of a wipe

const KEYS = {
  ArrowRight: "next", n: "next", ArrowLeft: "previous", p: "previous", l: "leastSure", " ": "flip", f: "flicker",
  w: "wipe", d: "difference", ",": "edgeLeft", ".": "edgeRight", "?": "keys", 1: "first", 2: "second", 3: "third",
};

function actionsOf(data) {
  const show = (at) => ({ at, bg: undefined, centre: undefined });
  const choose = (s, bg) => (bg < frameAt(data, s.at, s.centre).neighbours.length ? { ...s, bg } : s);
  const toggle = (s, shows) => ({ ...s, isFlickering: false, shows: s.shows === shows ? "fg" : shows });
  const move = (s, by) => ({ ...s, edge: Math.min(100, Math.max(0, s.edge + by)) });
  return {
    next: (s) => ({ ...s, ...show((s.at + 1) % frameCount(data)) }),
    previous: (s) => ({ ...s, ...show((s.at + frameCount(data) - 1) % frameCount(data)) }),
    leastSure: (s) => ({ ...s, ...show(nextLeastSure(data, s.at)) }),
    flip: (s) => ({ ...s, isFlickering: false, shows: s.shows === "fg" ? "bg" : "fg" }),
    flicker: (s) => ({ ...s, isFlickering: !s.isFlickering, shows: s.shows === "fg" ? "bg" : "fg" }),
    wipe: (s) => toggle(s, "wipe"),
    difference: (s) => toggle(s, "difference"),
    edgeLeft: (s) => move(s, -EDGE_STEP),
    edgeRight: (s) => move(s, EDGE_STEP),
    first: (s) => choose(s, 0),
    second: (s) => choose(s, 1),
    third: (s) => choose(s, 2),
    keys: (s) => (document.getElementById("keys").showModal(), s),
    closeKeys: (s) => (document.getElementById("keys").close(), s),
  };
}

// The least sure frame first, then the next one each time.
function nextLeastSure(data, at) {
  const here = data.leastSure.indexOf(at);
  return data.leastSure.length ? data.leastSure[(here + 1) % data.leastSure.length] : at;
}

function startViewer(data, root) {
  const actions = actionsOf(data);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  const first = data.leastSure.length ? data.leastSure[0] : 0;
  let state = { at: first, bg: undefined, centre: undefined, shows: "fg", isFlickering: false, edge: 50 };
  let timer = 0;
  let wanted = state;

  function set(next) {
    wanted = next;
    if (frameAt(data, next.at, next.centre)) render(next);
    else loadFrame(data, next.at, next.centre).then(() => wanted === next && render(next));
  }

  function render(next) {
    state = next.isFlickering && isStill.matches ? { ...next, isFlickering: false } : next;
    renderViewer(data, state, root);
    root.dispatchEvent(new CustomEvent("shown", { detail: state }));
    clearInterval(timer);
    timer = state.isFlickering ? setInterval(alternate, FLICKER_MS) : 0;
  }

  function alternate() {
    const frame = frameAt(data, state.at, state.centre);
    state = { ...state, shows: state.shows === "fg" ? "bg" : "fg" };
    renderStage(data, state, frame, frame.neighbours[neighbourOf(frame, state)], root.querySelector(".stage"));
  }

  document.addEventListener("click", (event) => {
    const plot = event.target.closest("svg[data-seconds]");
    if (plot) {
      set({ ...state, at: frameAtSeconds(data, secondsAt(plot, event.clientX)), bg: undefined, centre: undefined });
      root.scrollIntoView({ block: "nearest" });
    }
    const button = event.target.closest("button");
    if (!button) return;
    const { action, at, neighbour } = button.dataset;
    if (action in actions) set(actions[action](wanted));
    else if (at !== undefined) set({ ...state, at: Number(at), bg: undefined, centre: undefined });
    else if (neighbour !== undefined) set({ ...state, bg: Number(neighbour) });
    if (at !== undefined) root.querySelector(`[data-at="${at}"]`)?.focus();
    if (neighbour !== undefined) root.querySelector(`[data-neighbour="${neighbour}"]`)?.focus();
  });
  document.addEventListener("keydown", (event) => {
    const isTaken = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, dialog") || isNudge(event);
    const isButton = event.target.closest("button") && event.key === " "; // which presses it
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (isTaken || isButton || !action) return;
    event.preventDefault();
    set(actions[action](wanted));
  });
  listenToWipe(root, (edge) => set({ ...state, edge }), () => state.shows === "wipe");
  root.querySelector('[data-action="leastSure"]').disabled = !data.leastSure.length;
  set(state);
  return { set, state: () => wanted, refresh: () => set({ ...wanted }) };
}

// The time that a place on a plot's axis stands for.
function secondsAt(plot, clientX) {
  const { left: edge, width } = plot.getBoundingClientRect();
  const { left, right, seconds } = plot.dataset;
  const x = ((clientX - edge) / width) * plot.viewBox.baseVal.width;
  return Math.min(1, Math.max(0, (x - left) / (right - left))) * seconds;
}

// Arrows with shift belong to whoever moves FG.
function isNudge(event) {
  return event.shiftKey && event.key.startsWith("Arrow");
}

function listenToWipe(root, setEdge, isWiping) {
  const [stage, input] = [root.querySelector(".stage"), root.querySelector('[data-input="wipe"]')];
  input.addEventListener("input", () => setEdge(Number(input.value)));
  for (const kind of ["pointerdown", "pointermove"]) {
    stage.addEventListener(kind, (event) => {
      if (!isWiping() || !(event.buttons & 1)) return;
      const box = stage.getBoundingClientRect();
      setEdge(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100)));
      input.value = String(Math.round(((event.clientX - box.left) / box.width) * 100));
    });
  }
}

const data = JSON.parse(document.getElementById("data").textContent);
const viewer = startViewer(data, document.getElementById("viewer"));
