"""usage: scripts/kill-keystore [--cases N] [--only NAME] [--all] [--verbose]

Ends each writing command by SIGKILL at its system calls, and lets its system calls fail with EIO and ENOSPC, by strace's
fault injection. After each case the keystore must open and hold the old or the new state as a whole, and the next
change must work and leave nothing lying about.

--cases N   about N cases for each command and fault, spread evenly (default: every system call from the first one that
            touches the home on; change-passphrase: 40)
--only NAME just the command of that name
--all       also the system calls before that: the loader's
Needs strace, openssl, and root or a kernel that lets the user trace his own programs. Exit codes: 0 all held, 1 not.
"""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import tenant_home

# Calls that can fail for want of space or by a broken disk, and are given those errors.
FAILING = {"openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2",
           "unlink", "unlinkat", "link", "linkat", "mkdir", "mkdirat", "fchmod", "fchmodat", "chmod", "flock",
           "newfstatat", "fstat", "getdents64", "close", "fcntl", "ftruncate", "statx"}
# 127: the dynamic loader could not read a library.
EXIT_CODES = {1, 65, 69, 75, 77, 78, 127}
CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")


class Command:
    def __init__(self, name, template, words, most=None):
        self.name, self.template, self.words = name, template, words
        # The most cases for a fault. A passphrase costs seconds each time, and is written as any other new master key.
        self.most = most


def commands(home):
    given = lambda name: os.path.join(home.given, name)
    home.restore("filled")
    slots = home.header()["slots"]
    second = next(slot["id"] for slot in slots if slot["path"])
    return [
        Command("init", "empty", ["init"]),
        Command("init --key-file", "empty", ["init", "--key-file", given("own.key")]),
        Command("deploy-artifact new", "filled", ["deploy-artifact", given("new/d.xml")]),
        Command("deploy-artifact changed", "filled", ["deploy-artifact", given("new/a.xml")]),
        Command("deploy-artifact several", "filled", ["deploy-artifact", given("new")]),
        Command("undeploy-artifact", "filled", ["undeploy-artifact", "a"]),
        Command("import-certificate", "filled", ["import-certificate", given("other.pem"), "--alias", "other", "--yes"]),
        Command("keystore add-key", "filled", ["keystore", "add-key", "--key-file", given("third.key")]),
        Command("keystore remove-key", "filled", ["keystore", "remove-key", second]),
        Command("keystore change-passphrase", "words",
                ["keystore", "change-passphrase", "--passphrase-file", given("new.password")], most=40),
        Command("keystore rotate", "filled", ["keystore", "rotate"]),
        Command("keystore rename", "filled", ["keystore", "rename", "ca", "ca-2"]),
        Command("keystore delete", "filled", ["keystore", "delete", "ca", "--force"]),
    ]


def spread(items, count):
    """`count` of the items, evenly."""
    if len(items) <= count:
        return items
    return [items[index * len(items) // count] for index in range(count)]


class Harness:
    def __init__(self, home, options):
        self.home, self.options = home, options
        self.problems = []
        self.counts = collections.Counter()
        self.orphans = 0

    # The state of the keystore, as far as it can be told apart.

    def state(self):
        """A text for what the keystore holds; raises AssertionError when it does not open."""
        header = self.home.header()
        if header is None:
            return "no keystore"
        if os.path.exists(os.path.join(self.home.given, "check")):
            plan = self.home.must("deploy-artifact", "--plan", "--output", "json", os.path.join(self.home.given, "check"))
            changes = re.findall(rb'"change"\s*:\s*"(\w+)"', plan)
            assert len(changes) == 5, plan
            if b"changed" in changes:
                plan = self.home.must("deploy-artifact", "--plan", "--output", "json",
                                      os.path.join(self.home.given, "new", "a.xml"))
                assert b'"same"' in plan, "an entry holds neither the old nor the new secret"
        else:
            self.home.must("list-artifacts")
            changes = []
        for slot in header["slots"]:
            path = slot.get("path") or os.path.join(self.home.user, ".config/tenant", header["store"] + ".key")
            assert slot["type"] != "key-file" or os.stat(path).st_nlink == 1, f"slot {slot['id']}: {path}"
        slots = sorted((slot["type"], slot.get("path", "")) for slot in header["slots"])
        key = "the same key" if header["sealingKey"] == self.sealing_key else "another key"
        aliases = [alias for alias in self.home.aliases() if not alias.startswith("RetiredSealingKey")]
        return f"{slots} {key} {aliases} {b' '.join(changes).decode()}"

    def measure(self, command):
        """Notes what the old and the new state look like, and which system calls the command makes."""
        home = self.home
        home.restore(command.template)
        header = home.header()
        self.sealing_key = header and header["sealingKey"]
        self.old = self.state()
        trace = os.path.join(home.folder, "trace")
        result = home.run(*command.words, before=["strace", "-f", "-o", trace])
        assert result.returncode == 0, f"{command.name}: {result.stderr.decode()}"
        self.new = self.state()
        assert self.old != self.new, command.name
        return self.calls(trace)

    def calls(self, trace):
        """The calls as (name, ordinal within its thread, text), from the first that names the home."""
        calls, ordinals, relevant = [], collections.Counter(), self.options.all
        with open(trace, encoding="utf-8", errors="replace") as file:
            for line in file:
                match = CALL.match(line)
                if not match:
                    continue
                thread, name, text = match.groups()
                ordinals[thread, name] += 1
                relevant = relevant or (self.home.case in text and name != "execve" and "getcwd" not in name)
                if relevant:
                    calls.append((name, ordinals[thread, name], text))
        return calls

    def sampled(self, calls, most):
        wanted = self.options.cases
        if most:
            wanted = min(most, wanted // 2) if wanted else most
        if not wanted or len(calls) <= wanted:
            return calls
        # The calls that change something on disk are always among them.
        strong = [call for call in calls if call[0] in ("renameat2", "renameat", "rename", "linkat", "unlinkat", "fsync")]
        chosen = spread(strong, wanted)
        chosen += spread([call for call in calls if call not in strong], wanted - len(chosen))
        return [call for call in calls if call in chosen]

    # One case.

    def case(self, command, fault, call):
        where = f"{command.name}, {fault} at {call[0]} number {call[1]} ({call[2].strip()[:110]})"
        self.counts[fault, "cases"] += 1
        try:
            self.try_case(command, fault, call)
        except (AssertionError, OSError) as problem:
            self.problems.append(f"{where}: {problem}")
            print(f"kill harness: FAILED {self.problems[-1]}", flush=True)

    def try_case(self, command, fault, call):
        name, ordinal, text = call
        home = self.home
        home.restore(command.template)
        log = os.path.join(home.folder, "log")
        inject = "signal=KILL" if fault == "KILL" else f"error={fault}"
        # strace 6.1 injects no signal where it lets a filter choose the calls, so only errors are that fast.
        fast = [] if fault == "KILL" else ["--seccomp-bpf"]
        before = ["strace", "-f", *fast, "-o", log, "-e", f"trace={name}", "-e", f"inject={name}:{inject}:when={ordinal}"]
        for attempt in range(3):
            try:
                result = home.run(*command.words, timeout=60, before=before)
                break
            except AssertionError as hang:
                # Once in some thousand kills strace 6.1 did not come to an end and kept the program stopped.
                if attempt == 2 or "(strace)" not in str(hang) or "in ptrace_stop" not in str(hang):
                    raise
                self.counts[fault, "repeated because strace hung"] += 1
                home.restore(command.template)
        with open(log, encoding="utf-8", errors="replace") as file:
            told = file.read()
        code = result.returncode
        hit = code == -9 or "killed by SIGKILL" in told if fault == "KILL" else "(INJECTED)" in told
        if not hit:
            self.counts[fault, "not reached"] += 1
        if self.options.verbose:
            print(f"  {command.name}, {fault} at {name} number {ordinal} ({text.strip()[:110]}): exit code {code}", flush=True)
        self.judge(command, fault, code, result.stderr.decode(errors="replace"), hit)

    def judge(self, command, fault, code, errors, hit):
        found = self.state()
        which = "old" if found == self.old else "new" if found == self.new else None
        assert which, f"neither the old nor the new state: {found}; old: {self.old}; new: {self.new}"
        self.counts[fault, f"{which} state"] += 1
        if fault != "KILL":
            self.judge_error(fault, code, errors, which)
        elif not hit:
            assert code == 0 and which == "new", f"exit code {code} with the {which} state"
        self.next_change(command, which)

    def judge_error(self, fault, code, errors, which):
        self.counts[fault, f"exit code {code}"] += 1
        if code == 0:
            assert which == "new", "exit code 0 with the old state"
            return
        assert code in EXIT_CODES, f"exit code {code}: {errors[-300:]}"
        assert code == 127 or errors.startswith("tenant: error: ") or "\ntenant: error: " in errors, f"no error told: {errors}"
        if which == "new":
            self.counts[fault, "told after the change was in place"] += 1
            if self.options.verbose:
                print(f"  after the change was in place: {errors.strip()}")

    def next_change(self, command, which):
        """The same command again where it did nothing, then another one; nothing of the killed one is left after it."""
        home = self.home
        if which == "old":
            again = home.run(*command.words)
            assert again.returncode == 0, f"the same command again: {again.stderr.decode()}"
            again = self.state()
            assert again == self.new, f"the same command again: {again}"
        probe = os.path.join(home.given, "probe.xml")
        if not os.path.exists(probe):
            home.write("probe.xml", home.must("new-artifact", "UserCredentials", "probe", "--user", "p@example.com"))
        home.must("deploy-artifact", probe, "--password-file", os.path.join(home.given, "probe.password"))
        names = set(os.listdir(home.keystore))
        assert names <= tenant_home.KEYSTORE_FILES, f"left behind: {sorted(names - tenant_home.KEYSTORE_FILES)}"
        # A killed `init` leaves a key that never opened anything, under a name that nobody will use again.
        store = home.header()["store"]
        for folder, _, files in os.walk(home.user):
            self.orphans += sum(".key" in name and not name.startswith(store) for name in files)
        left = [path for path in home.temporary_files() if ".key." not in path or store in path]
        assert not left, f"left behind: {left}"

    def run(self):
        for command in commands(self.home):
            if self.options.only and command.name != self.options.only:
                continue
            started, before = time.monotonic(), sum(n for (_, what), n in self.counts.items() if what == "cases")
            calls = self.measure(command)
            # One that is not reached: the command goes through then.
            for call in self.sampled(calls, command.most) + [(calls[-1][0], calls[-1][1] + 50, "never")]:
                self.case(command, "KILL", call)
            failing = [call for call in calls if call[0] in FAILING]
            for fault in ("EIO", "ENOSPC"):
                for call in self.sampled(failing, command.most):
                    self.case(command, fault, call)
            cases = sum(n for (_, what), n in self.counts.items() if what == "cases") - before
            print(f"kill harness: {command.name}: {len(calls)} system calls, {cases} cases, "
                  f"{time.monotonic() - started:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--only")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    for program in ("strace", "openssl"):
        if not shutil.which(program):
            sys.exit(f"kill harness: {program} is not installed; run scripts/install-packages test")
    folder = tenant_home.temporary_folder("kill")
    try:
        home = tenant_home.Home(folder)
        tenant_home.make_templates(home)
        harness = Harness(home, options)
        harness.run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for fault in ("KILL", "EIO", "ENOSPC"):
        told = {what: n for (name, what), n in sorted(harness.counts.items()) if name == fault}
        print(f"kill harness: {fault}: " + ", ".join(f"{n} {what}" for what, n in told.items()))
    print(f"kill harness: {sum(n for (_, what), n in harness.counts.items() if what == 'cases')} cases, "
          f"{len(harness.problems)} failed, 0 entries lost in the others; "
          f"{harness.orphans} keys left of keystores that never came to be")
    return 1 if harness.problems else 0


if __name__ == "__main__":
    sys.exit(main())
