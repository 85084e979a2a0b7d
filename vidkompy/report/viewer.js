"use strict";
// What is seen: each function draws a state and changes nothing else.
// state: { at, centre: which frame, as in pictures.js; bg: index into its neighbours, undefined: the chosen one;
//          shows: "fg"|"bg"|"wipe"|"difference", isFlickering, edge: percent }

function renderViewer(data, state, root) {
  const frame = frameAt(data, state.at, state.centre);
  const bg = frame.neighbours[neighbourOf(frame, state)];
  renderStage(data, state, frame, bg, root.querySelector(".stage"));
  setText(root, "frame", `FG frame ${frame.label}`);
  setText(root, "verdict", frame.verdict);
  for (const action of ["flicker", "wipe", "difference"]) {
    const isOn = action === "flicker" ? state.isFlickering : state.shows === action;
    root.querySelector(`[data-action="${action}"]`).setAttribute("aria-pressed", String(isOn));
  }
  root.querySelector(".wiper").hidden = state.shows !== "wipe";
  renderNeighbours(data, state, frame, root.querySelector(".neighbours"));
  renderStrip(data, state, root.querySelector(".strip"));
}

function renderStage(data, state, frame, bg, stage) {
  stage.style.setProperty("--shape", String(frame.width / frame.height));
  stage.style.setProperty("--edge", `${state.edge}%`);
  stage.dataset.shows = state.shows;
  const alts = {
    fg: `FG frame ${frame.label}`,
    bg: `BG frame ${bg.label} beneath it`,
    difference: `Difference of FG frame ${frame.label} and BG frame ${bg.label}: ${bg.off}`,
  };
  for (const clip of ["fg", "bg", "difference"]) {
    const image = stage.querySelector(`[data-picture="${clip}"]`);
    const url = pictureUrl(data, clip, frame.fg, bg.bg);
    if (image.getAttribute("src") !== url) image.src = url;
    image.alt = alts[clip];
  }
  const tags = {
    fg: `FG ${frame.label}`,
    bg: `BG ${bg.label}${bg.role}`,
    wipe: `FG ${frame.label} | BG ${bg.label}${bg.role}`,
    difference: `difference to BG ${bg.label}${bg.role}, ${data.amplification} times`,
  };
  setText(stage, "tag", tags[state.shows]);
}

function renderNeighbours(data, state, frame, root) {
  root.replaceChildren(...frame.neighbours.map((bg, at) => {
    const button = element("button", { type: "button" });
    button.dataset.neighbour = String(at);
    button.setAttribute("aria-pressed", String(at === neighbourOf(frame, state)));
    const clip = state.shows === "difference" ? "bg" : "difference";
    for (const kind of ["bg", clip === "bg" ? "difference" : clip]) {
      const name = kind === "bg" ? `BG frame ${bg.label}` : `difference, ${bg.off}`;
      button.append(element("img", { src: pictureUrl(data, kind, frame.fg, bg.bg), alt: name, width: frame.width, height: frame.height }));
    }
    const name = element("span", { textContent: `BG ${bg.label}${bg.role}` });
    button.append(name, element("span", { className: "off", textContent: bg.off }));
    return button;
  }));
}

function renderStrip(data, state, root) {
  root.replaceChildren(...stripOf(data).map((frame) => {
    const button = element("button", { type: "button", textContent: `${frame.fg}` });
    button.dataset.at = String(frame.at);
    button.setAttribute("aria-label", `FG frame ${frame.label}, ${frame.reason}`);
    button.setAttribute("aria-current", String(frame.at === state.at));
    if (frame.reason === "least sure") button.append(element("span", { className: "mark", textContent: "?" }));
    return button;
  }));
}

// The neighbour that is looked at: the one that was chosen here, or by the map.
function neighbourOf(frame, state) {
  return state.bg ?? Math.max(0, frame.neighbours.findIndex((bg) => bg.isChosen));
}

function setText(root, name, text) {
  const found = root.querySelector(`[data-text="${name}"]`);
  if (found.textContent !== text) found.textContent = text;
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
