"""A finished graph holds only what this package writes: a second line of defence, whatever got past the first."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filtergraphs import Composition, Script, Source, compose
from filtergraphs.safety import ALLOWED_FILTERS, check_arguments, check_graph

PLAIN = "[0:v:0]settb=expr=1/1[s0];[s0]select=expr=eq(n\\,if(lt(selected_n\\,3)\\,selected_n\\,7))[s1]"
FG = Source("fg.mp4", 64, 32, "yuv420p")
C = Composition(
    Source("bg.mp4", 128, 96, "yuv420p"), FG, 8, 4, 64, 32, (0, 1, 1), (0, 1, 2), Fraction(1, 30), Fraction(30)
)


@pytest.mark.parametrize(
    "graph",
    [
        "",
        PLAIN,
        "[0:a:0]pan=stereo|c0<c0+c2|c1<c1,asetpts=PTS-STARTPTS[a]",
        "[a]split=2[b][c];[b][c]xstack=inputs=2:layout=0_0|8_4[v]",
        "[a]sidedata=mode=delete:type=DISPLAYMATRIX[b]",
        "[a]drawtext=text=%{eif\\\\:floor(t/100)\\\\:d}.%{eif\\\\:mod(t\\,100)\\\\:d\\\\:2}:font=Sans:y=9-ascent[b]",
        "[a]drawtext=text=%{pts\\\\:hms}:enable=gte(t\\,0)[b];[b]drawtext=text=FG|BG[c]",
        "null",
    ],
)
def test_what_is_written_passes(graph: str) -> None:
    check_graph(graph)


@pytest.mark.parametrize(
    "graph",
    [
        "[0:v:0]movie=x.mp4[s0]",
        "[s0]format=pix_fmts=yuv420p,metadata=mode=print:file=victim[s1]",
        "[s0]format=pix_fmts=yuv420p,movie=http\\://127.0.0.1/[s1]",
        "[s0]scale=flags=bicubic:size=x[s1]",
        "[s0]lut=c0=1:file=/etc/passwd[s1]",
        "[s0]sidedata=mode=add:type=DISPLAYMATRIX[s1]",
        "[s0]format=pix_fmts='yuv420p'[s1]",
        "[s0]format=pix_fmts=yuv420p\n[s1]",
        "[s0]format=pix_fmts=yuv420p\\\\:x[s1]",
        "[s0]setparams=range=tv:[s1]",
        "[s0]split=2[a][b];",
        "[s0]null,",
        "[s0",
        "[s0]drawtext=textfile=/etc/passwd[s1]",
        "[s0]drawtext=fontfile=/etc/passwd[s1]",
        "[s0]drawtext=text=x:reload=1[s1]",
        "[s0]drawtext=text=x:font=/etc/passwd[s1]",
        "[s0]drawtext=text=%{metadata\\\\:lavfi.x}[s1]",
        "[s0]drawtext=text=%{localtime}[s1]",
        "[s0]drawtext=text=%{expr\\\\:n}[s1]",
        "[s0]drawtext=text=%{eif\\\\:n\\\\:d\\\\:3\\\\:4}[s1]",
        "[s0]drawtext=text=%{eif\\\\:n\\\\:d\\\\:3[s1]",
        "[s0]drawtext=text=x\\\\\\\\:textfile=x[s1]",
        "[s0]drawtext=text=x\\\\:textfile=x[s1]",
        "[s0]drawtext=text=%{eif\\\\:n\\\\:d}:fontfile=x[s1]",
        "[s0]drawtext=font=%{eif\\\\:n\\\\:d}[s1]",
        "[s0]drawbox=x=0:source=x[s1]",
        "sendcmd=f=x",
        ";",
    ],
)
def test_what_is_not_written_is_refused(graph: str) -> None:
    with pytest.raises(ValueError, match=r"graph|filter"):
        check_graph(graph)


@given(
    st.text(st.sampled_from("a=:,;[]'\\ \n%|(")), st.sampled_from(["movie", "ametadata", "amovie", "subtitles", "zmq"])
)
def test_no_text_hides_a_filter(text: str, name: str) -> None:
    """Whatever value stands before it, as ffmpeg's own parser would find it behind an unescaped comma."""
    with pytest.raises(ValueError, match=r"graph|filter"):
        check_graph(f"[s0]format=pix_fmts={text},{name}=x[s1]")


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (("-i", "http://127.0.0.1/x"), ()),
        (("-i", "bg.mp4"), ()),
        (("-f", "lavfi", "-i", "file:x"), ()),
        (("-protocol_whitelist", "file,http", "-i", "file:x"), ()),
        (("-dump_attachment", "x", "-i", "file:x"), ()),
        (("-i",), ()),
        ((), ("-progress", "http://127.0.0.1/")),
        ((), ("victim.mp4",)),
        ((), ("-attach", "/etc/passwd")),
    ],
)
def test_options_that_open_something_else_are_refused(inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"option|input|protocols"):
        check_arguments(inputs, outputs)


def test_a_script_cannot_be_made_of_what_is_refused() -> None:
    with pytest.raises(ValueError, match="movie"):
        Script("movie=x[v]", (), ())
    with pytest.raises(ValueError, match="metadata"):
        compose(replace(C, fg=replace(FG, pix_fmt="yuv420p,metadata=mode=print:file=victim")))


def test_every_input_is_a_file_read_as_what_it_was_found_to_be() -> None:
    script = compose(replace(C, fg=replace(FG, path="-x:y.mp4", demuxer="mov,mp4")))
    assert script.inputs[-4:] == ("-protocol_whitelist", "file", "-i", "file:bg.mp4")
    assert ("-protocol_whitelist file -format_whitelist mov,mp4 -i file:-x:y.mp4") in " ".join(script.inputs)


def test_no_known_filter_opens_files() -> None:
    """By ffmpeg-filters(1): those that read or write what a name or an address says; drawtext by options alone."""
    opening = "movie amovie metadata ametadata sendcmd asendcmd zmq azmq subtitles ass lut3d lut1d psnr ssim"
    assert not ALLOWED_FILTERS.keys() & set(opening.split())
    options = {name for known in ALLOWED_FILTERS.values() for name in known.split()}
    assert not options & {
        "file",
        "filename",
        "f",
        "textfile",
        "fontfile",
        "stats_file",
        "log_path",
        "model",
        "shader_cache",
    }
