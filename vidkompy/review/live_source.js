"use strict";
// Where frames and their pictures come from while the page is served: from the server, when they are needed.
// The functions are those of a report's pictures.js.

const MOST_LOADED = 500; // descriptions of frames in memory: half a kilobyte each
const loaded = new Map();

function pictureUrl(data, clip, fg, bg) {
  const kind = clip === "bg" ? "under" : clip;
  return clip === "fg" ? `picture/fg/${fg}` : `picture/${kind}/${fg}/${bg}?place=${data.placeNumber}`;
}

function frameCount(data) {
  return data.frameCount;
}

function frameAt(data, at, centre) {
  return loaded.get(`${at} ${centre ?? ""}`);
}

// The frame that is nearest in time, by those whose times are known.
function frameAtSeconds(data, seconds) {
  const { frames, seconds: times } = data.knots;
  const next = times.findIndex((time) => time > seconds);
  if (next < 1) return next ? frames[frames.length - 1] : 0;
  const share = (seconds - times[next - 1]) / (times[next] - times[next - 1]);
  return Math.round(frames[next - 1] + share * (frames[next] - frames[next - 1]));
}

async function loadFrame(data, at, centre) {
  const answer = await fetch(centre === undefined ? `frame/${at}` : `frame/${at}/${centre}`);
  if (!answer.ok) throw new Error(await answer.text());
  if (loaded.size > MOST_LOADED) loaded.clear();
  loaded.set(`${at} ${centre ?? ""}`, await answer.json());
}

function stripOf(data) {
  return data.strip.map((frame) => ({ ...frame, at: frame.fg }));
}

// What was said of frames no longer holds: FG was moved, or the map is another one.
function forgetFrames(data) {
  loaded.clear();
  data.placeNumber += 1;
}
