"use strict";
// Where frames and their pictures come from. A page that is served live has others in the place of these functions.
// A frame is named by its index `at`, and by the BG frame in the middle of its neighbours: `centre`, if that is not the
// one it lies on.

// clip: "fg", "bg" or "difference"; fg: the FG frame beneath which BG is shown; bg: BG's frame, for all but "fg".
function pictureUrl(data, clip, fg, bg) {
  return data.pictures[clip === "fg" ? `fg/${fg}` : `${clip}/${fg}/${bg}`];
}

function frameCount(data) {
  return data.frames.length;
}

// undefined where it is not here yet
function frameAt(data, at, centre) {
  return data.frames[at];
}

// The frame with pictures that is nearest in time.
function frameAtSeconds(data, seconds) {
  const off = data.frames.map((frame) => Math.abs(frame.seconds - seconds));
  return off.indexOf(Math.min(...off));
}

async function loadFrame(data, at, centre) {}

// Frames that have a button: {at, fg, label, reason}.
function stripOf(data) {
  return data.frames.map((frame, at) => ({ at, fg: frame.fg, label: frame.label, reason: frame.reason }));
}
