"""Lays one video over another of the same content, frame-exact: where and when as a sidecar, pixels by ffmpeg.

>>> from vidkompy import analyze, export, locate, read_sidecar, render, verify, write_sidecar
>>> sidecar = analyze("bg.mp4", "fg.mp4")
>>> sidecar.placement.drawn, sidecar.frame_map.bg[:3].tolist()
((102, 54, 486, 270), [36, 37, 38])
>>> write_sidecar(sidecar, "pair.vidkompy.json")
>>> notes = render("pair.vidkompy.json", "out.mp4")
>>> verify("pair.vidkompy.json", "out.mp4").is_right
True
>>> export("csv", "pair.vidkompy.json").texts[0].splitlines()[:2]
['fg_index,bg_index,fg_pts,bg_pts', '0,36,0,18432']
>>> match = locate("bg.mp4", "fg.mp4").matches[0]
>>> match.fg, match.bg
(3, 39)

The pair is that of `vidkompy demo`, cut to 110 frames of BG. Each function says its options, units and errors; the
command line calls them. All errors are VidkompyError.
"""

TYPE_CHECKING = False  # checkers know it by name; importing typing takes 15 ms in which Ctrl-C would show a traceback
if TYPE_CHECKING:
    from vidkompy.alignment.engine_contract import SearchOptions as SearchOptions
    from vidkompy.alignment.engine_names import EngineName as EngineName
    from vidkompy.analysis import AnalysisOptions as AnalysisOptions
    from vidkompy.analysis import AnalysisParameters as AnalysisParameters
    from vidkompy.analysis import analyze as analyze
    from vidkompy.drawing.options import DrawingOptions as DrawingOptions
    from vidkompy.errors import MapError as MapError
    from vidkompy.errors import MediaError as MediaError
    from vidkompy.errors import NoMatch as NoMatch
    from vidkompy.errors import OutputError as OutputError
    from vidkompy.errors import RenderError as RenderError
    from vidkompy.errors import SidecarError as SidecarError
    from vidkompy.errors import UsageError as UsageError
    from vidkompy.errors import VidkompyError as VidkompyError
    from vidkompy.exchange.export import export as export
    from vidkompy.exchange.format_contract import ExportName as ExportName
    from vidkompy.exchange.format_contract import ExportResult as ExportResult
    from vidkompy.exchange.map_import import ImportedMap as ImportedMap
    from vidkompy.exchange.map_import import import_map as import_map
    from vidkompy.ffmpeg.encoder_presets import EncodingOptions as EncodingOptions
    from vidkompy.location import LocatedPicture as LocatedPicture
    from vidkompy.location import LocationOptions as LocationOptions
    from vidkompy.location import locate as locate
    from vidkompy.media.cache import NO_CACHE as NO_CACHE
    from vidkompy.media.cache import Cache as Cache
    from vidkompy.media.cache import user_cache as user_cache
    from vidkompy.model import AudioLags as AudioLags
    from vidkompy.model import Clip as Clip
    from vidkompy.model import Colour as Colour
    from vidkompy.model import Fault as Fault
    from vidkompy.model import FrameMap as FrameMap
    from vidkompy.model import Placement as Placement
    from vidkompy.model import Quality as Quality
    from vidkompy.model import Run as Run
    from vidkompy.model import Sidecar as Sidecar
    from vidkompy.placement.search_parameters import ScaleRange as ScaleRange
    from vidkompy.relinking.relink import Relinked as Relinked
    from vidkompy.relinking.relink import relink as relink
    from vidkompy.rendering.render_pipeline import render as render
    from vidkompy.sidecar.document import read_sidecar as read_sidecar
    from vidkompy.sidecar.document import write_sidecar as write_sidecar
    from vidkompy.verification.frame_comparison import Verdict as Verdict
    from vidkompy.verification.frame_comparison import verify as verify

__version__ = "0.1.0"  # pyproject.toml reads it here: asking what is installed took 0.016 s

_HOMES = {
    "vidkompy.alignment.engine_contract": ("SearchOptions",),
    "vidkompy.alignment.engine_names": ("EngineName",),
    "vidkompy.analysis": ("AnalysisOptions", "AnalysisParameters", "analyze"),
    "vidkompy.drawing.options": ("DrawingOptions",),
    "vidkompy.errors": (
        "MapError",
        "MediaError",
        "NoMatch",
        "OutputError",
        "RenderError",
        "SidecarError",
        "UsageError",
        "VidkompyError",
    ),
    "vidkompy.exchange.export": ("export",),
    "vidkompy.exchange.format_contract": ("ExportName", "ExportResult"),
    "vidkompy.exchange.map_import": ("ImportedMap", "import_map"),
    "vidkompy.ffmpeg.encoder_presets": ("EncodingOptions",),
    "vidkompy.location": ("LocatedPicture", "LocationOptions", "locate"),
    "vidkompy.media.cache": ("NO_CACHE", "Cache", "user_cache"),
    "vidkompy.model": ("AudioLags", "Clip", "Colour", "Fault", "FrameMap", "Placement", "Quality", "Run", "Sidecar"),
    "vidkompy.placement.search": ("ScaleRange",),
    "vidkompy.relinking.relink": ("Relinked", "relink"),
    "vidkompy.rendering.render_pipeline": ("render",),
    "vidkompy.sidecar.document": ("read_sidecar", "write_sidecar"),
    "vidkompy.verification.frame_comparison": ("Verdict", "verify"),
}

__all__ = [
    "NO_CACHE",
    "AnalysisOptions",
    "AnalysisParameters",
    "AudioLags",
    "Cache",
    "Clip",
    "Colour",
    "DrawingOptions",
    "EncodingOptions",
    "EngineName",
    "ExportName",
    "ExportResult",
    "Fault",
    "FrameMap",
    "ImportedMap",
    "LocatedPicture",
    "LocationOptions",
    "MapError",
    "MediaError",
    "NoMatch",
    "OutputError",
    "Placement",
    "Quality",
    "Relinked",
    "RenderError",
    "Run",
    "ScaleRange",
    "SearchOptions",
    "Sidecar",
    "SidecarError",
    "UsageError",
    "Verdict",
    "VidkompyError",
    "__version__",
    "analyze",
    "export",
    "import_map",
    "locate",
    "read_sidecar",
    "relink",
    "render",
    "user_cache",
    "verify",
    "write_sidecar",
]


def __getattr__(name: str) -> object:
    """Loads on first use: the command line must not pay for numpy before it knows what is asked."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'vidkompy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, *globals()]
