# SPDX-License-Identifier: MIT
"""Completion: what the program says could come next, and what three shells
make of it.

The shells are really run, on a terminal: a line is typed as far as the tab,
then its words are printed by a command that is put before it.
"""

import os
import pty
import re
import select
import subprocess
import time

import pytest

from conftest import ROOT

LIMIT_S = 60


def offered(duet, *words):
    """The words and the lines for shells that are answered."""
    done = duet.run("--complete", *words)
    assert (done.exit, done.err) == (0, "")
    return [line.split("\t")[0] for line in done.out.decode().splitlines()]


def options_of(duet, command):
    """Every long option that the help of a command has, and what it takes."""
    page = duet.run(*command, "--help", "all")
    if page.exit != 0 or not page.out:
        page = duet.run(*command, "--help")
    assert page.exit == 0, page.err
    return set(re.findall(r"(--[a-z][\w-]*)", options_part(page.out.decode())))


def options_part(text):
    """The left column of a screen of help."""
    return "\n".join(
        re.split(r"  +(?=[^-\s])", line.strip())[0]
        for line in text.splitlines()
        if re.match(r" +-", line)
    )


def commands_of(duet, *command):
    """The commands below one, by its help."""
    text = duet.run(*command, "--help").out.decode()
    table = text.partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\S+)", table, re.M)


def all_commands(duet, *command):
    """Every command that has options of its own."""
    below = commands_of(duet, *command)
    if not below:
        yield command
    for name in below:
        yield from all_commands(duet, *command, name)


class TestAnswers:
    """Without a shell."""

    def test_every_command_is_offered(self, duet):
        assert offered(duet, "") == commands_of(duet)
        assert offered(duet, "cert", "") == commands_of(duet, "cert")
        assert offered(duet, "serv") == ["serve"]
        assert offered(duet) == commands_of(duet)
        assert offered(duet, "no-such-command", "") == []

    def test_every_option_of_every_command_is_offered(self, duet):
        commands = list(all_commands(duet))
        assert ("cert", "show") in commands and ("get",) in commands
        for command in commands:
            found = offered(duet, *command, "--")
            assert set(found) == options_of(duet, command), command
            assert len(found) == len(set(found))

    def test_fixed_sets_are_offered_wherever_help_has_one(self, duet):
        n = 0
        for command in all_commands(duet):
            text = (
                duet.run(*command, "--help", "all").out
                or duet.run(*command, "--help").out
            )
            for option, words in re.findall(
                r"(--[\w-]+) ([a-z0-9.]+(?:\|[a-z0-9.]+)+)\s",
                text.decode(),
            ):
                assert offered(duet, *command, option, "") == words.split("|")
                n += 1
        assert n >= 5

    @pytest.mark.parametrize(
        "words, answer",
        [
            ("get --revocation=h", ["--revocation=hard"]),
            ("get --min-tls 1.", ["1.2", "1.3"]),
            ("get -X P", ["POST", "PUT", "PATCH"]),
            ("cert issue -t rsa4", ["rsa4096"]),
            ("cert issue --key-type=p3", ["--key-type=p384"]),
            # paths
            ("get -o ", [":files "]),
            ("get -sko ", [":files "]),
            ("get --output=x", [":files --output="]),
            ("get --capath ", [":directories "]),
            ("get --data @x", [":files @"]),
            ("get --data=@x", [":files --data=@"]),
            ("get --data x", []),
            ("get -F photo=@m", [":files photo=@"]),
            ("serve ", [":directories "]),
            ("serve -- ", [":directories "]),
            ("serve --listen u", ["unix:"]),
            ("serve --listen unix:/x", [":files unix:"]),
            ("serve --log n", [":files ", "none"]),
            ("cert show ", [":files "]),
            ("cert sign ", [":files "]),
            # what only the person knows
            ("get ", []),
            ("get --max-time ", []),
            ("get https://x", []),
            ("get -- --ver", []),
            ("get --no-such-option ", []),
            # topics
            ("get --help pro", ["proxy"]),
            ("get --help al", ["all"]),
            ("serve --help ", []),
            ("get -", None),
        ],
    )
    def test_answers(self, duet, words, answer):
        found = offered(duet, *words.split(" "))
        if answer is None:
            assert "-o" in found and "--output" in found
        else:
            assert found == answer

    def test_what_it_says_of_a_word_is_what_help_says(self, duet):
        done = duet.run("--complete", "get", "--fail")
        assert b"--fail\ta status of 400 or more fails (22)" in done.out


# ---- shells ----

MARK = "completed"

# typed before the tab, and the words that are to be there afterwards
LINES = [
    ("get --revocation-t", ["get", "--revocation-time"]),
    ("get --revocation h", ["get", "--revocation", "hard"]),
    ("get --revocation=h", ["get", "--revocation=hard"]),
    (
        "get --min-tls=1.3 --insecure-ht",
        ["get", "--min-tls=1.3", "--insecure-http"],
    ),
    ("cert self", ["cert", "self-signed"]),
    ("cert issue -t rsa4", ["cert", "issue", "-t", "rsa4096"]),
    ("get --help prox", ["get", "--help", "proxy"]),
    ("get --output uni", ["get", "--output", "unique.txt"]),
    ("get --output=uni", ["get", "--output=unique.txt"]),
    ("get --data @uni", ["get", "--data", "@unique.txt"]),
    ("get --data=@uni", ["get", "--data=@unique.txt"]),
    ("get -o sp", ["get", "-o", "sp ace.txt"]),
    ("serve on", ["serve", "only-directory"]),
    ("serve --listen uni", ["serve", "--listen", "unix:"]),
    ("serve --listen unix:uni", ["serve", "--listen", "unix:unique.txt"]),
]


class Typist:
    """A shell on a terminal, and somebody who types."""

    def __init__(self, argv, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        self.seen = ""

    def type(self, text):
        """As it stands."""
        os.write(self.fd, text.encode())

    def wait_for(self, pattern):
        """What it shows, as far as the pattern, which is taken away."""
        until = time.monotonic() + LIMIT_S
        while True:
            found = re.search(pattern, self.seen, re.S)
            if found:
                self.seen = self.seen[found.end() :]
                return found
            left = until - time.monotonic()
            assert left > 0, f"{pattern} is not in {self.seen!r}"
            if select.select([self.fd], [], [], left)[0]:
                self.seen += os.read(self.fd, 65536).decode("utf-8", "replace")

    def end(self):
        """The shell's."""
        os.close(self.fd)
        os.waitpid(self.pid, 0)


@pytest.fixture(name="place")
def fixture_place(home):
    """Where it is typed: a few files to be found."""
    place = home / "place"
    place.mkdir()
    (place / "unique.txt").touch()
    (place / "sp ace.txt").touch()
    (place / "only-directory").mkdir()
    (place / "one-file").touch()
    return place


def shell_env(duet):
    """The program's, found by its name."""
    directory = os.path.dirname(duet.path)
    return {**duet.env, "PATH": f"{directory}:{os.environ['PATH']}"}


def complete_on_a_terminal(shell, setup):
    """{typed: words} for all lines."""
    found = {}
    shell.type(setup)
    shell.wait_for("ready=")
    for typed, _ in LINES:
        # The tab; to the beginning of the line: what prints the words.
        shell.type(f"duet {typed}\t")
        shell.type("\x01printf '<%s>' " + f"{MARK} \n")
        end = shell.wait_for(f"<{MARK}>(.*?)\r?\ndone=")
        assert "_duet:" not in end.string, end.string
        text = end.group(1)
        # zsh takes the slash behind a directory back
        found[typed] = re.findall(r"<(.*?)/?>", text.replace("\r\n", ""))[1:]
    shell.end()
    return found


def expected():
    """As complete_on_a_terminal() gives them."""
    return dict(LINES)


def test_bash(duet, place, need):
    script = ROOT / "completions/duet.bash"
    shell = Typist(
        [need("bash"), "--norc", "--noprofile", "-i"], shell_env(duet), place
    )
    setup = (
        "bind 'set enable-bracketed-paste off'; PS1=; "
        "PROMPT_COMMAND='printf \"\\ndone=\\n\"'; stty -echo; "
        f"source {script}; printf 'rea%s=' dy\n"
    )
    assert complete_on_a_terminal(shell, setup) == expected()


def test_bash_takes_names_as_they_are(duet, place, need):
    """One with brackets in it is no pattern of another."""
    (place / "x[1]").touch()
    (place / "x1").touch()
    script = ROOT / "completions/duet.bash"
    found = subprocess.run(
        [need("bash"), "--norc", "--noprofile"],
        input=f"""source {script}
            compopt() {{ :; }}
            COMP_LINE='duet get -o x[' COMP_POINT=14 COMP_CWORD=3
            COMP_WORDS=(duet get -o 'x[')
            _duet
            printf '<%s>' "${{COMPREPLY[@]}}"
        """,
        cwd=place,
        env=shell_env(duet),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (found.stdout, found.stderr) == ("<x[1]>", "")


def test_zsh(duet, place, need):
    shell = Typist([need("zsh"), "-f", "-i"], shell_env(duet), place)
    setup = (
        "unsetopt zle_bracketed_paste; unset zle_bracketed_paste; PS1=; "
        "bindkey -e; setopt no_prompt_sp no_list_beep; PROMPT_EOL_MARK=; "
        "precmd() { printf '\\ndone=\\n' }; "
        f"fpath=({ROOT / 'completions'} $fpath); "
        "autoload -Uz compinit; compinit -u -D; printf 'rea%s=' dy\n"
    )
    assert complete_on_a_terminal(shell, setup) == expected()


def test_fish(duet, place, need):
    fish = need("fish")
    script = ROOT / "completions/duet.fish"
    for typed, words in LINES:
        done = subprocess.run(
            [
                fish,
                "--no-config",
                "-c",
                f"source {script}; complete -C $argv[1]",
                f"duet {typed}",
            ],
            env=shell_env(duet),
            cwd=place,
            capture_output=True,
            text=True,
            check=True,
            timeout=LIMIT_S,
        )
        lines = [line.split("\t")[0] for line in done.stdout.splitlines()]
        assert [line.rstrip("/") for line in lines] == words[-1:], done.stderr


def test_scripts_are_installed():
    said = (ROOT / "completions/meson.build").read_text("utf-8")
    for path in (ROOT / "completions").iterdir():
        assert path.name == "meson.build" or f"'{path.name}'" in said
