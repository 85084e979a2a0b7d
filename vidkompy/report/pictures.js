"use strict";
// Where pictures come from. A page that is served live replaces this function and nothing else.

// clip: "fg", "bg" or "difference"; fg: the FG frame beneath which BG is shown; bg: BG's frame, for all but "fg".
function pictureUrl(data, clip, fg, bg) {
  return data.pictures[clip === "fg" ? `fg/${fg}` : `${clip}/${fg}/${bg}`];
}
