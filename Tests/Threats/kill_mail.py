"""usage: scripts/kill-mail [--cases N | --every] [--only NAME] [--seed N] [--verbose]

The life of a mail, from an IMAP folder through a flow to an SMTP server, ended at its system calls: by SIGKILL in the
place of a call and in the middle of a write, by a connection that breaks before a call or behind it, by EIO and ENOSPC,
once and from then on. After each case the flow is run again without a fault until it has nothing left to do. Then: every
mail has arrived; none twice, unless the program was ended between the final dot and the note that it was answered, and
then with the same Message-ID and bytes; the source is as its post-processing says; the database is whole; nothing lies
about.

--cases N   about N cases for each scenario and fault, spread over the calls (default: every call, but of a row of equal
            ones on one file only the first, the middle and the last)
--every     really every call
--only NAME just the scenario of that name
--seed N    begins the choice of calls elsewhere
Needs gcc, and root for the mail servers. Exit codes: 0 all held, 1 not.
"""
import argparse
import collections
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import mail_flow
import tenant_home

EXIT_CODES = {0, 1, 65, 69, 75, 76, 77, 78}
# FAULT of faults.c, whether it lasts, and the kinds of calls that it makes sense for.
FAULTS = {
    "KILL": ("kill", False, {"file", "socket", "output"}),
    # The run after it is killed too, somewhere else.
    "KILL twice": ("kill", False, {"file", "socket"}),
    "TORN": ("torn", False, {"file", "socket"}),
    "CUT": ("cut", False, {"socket"}),
    "RESET": ("reset", True, {"socket"}),
    "EIO": ("eio", False, {"file"}),
    "EIO lasting": ("eio", True, {"file"}),
    "EIO reading": ("eio", False, {"file"}),
    "ENOSPC": ("enospc", False, {"file"}),
    "ENOSPC lasting": ("enospc", True, {"file"}),
}
READS = {"read", "pread", "pread64"}
WRITES = {"write", "pwrite", "pwrite64", "writev", "send"}
# A repeated attempt may have to wait: a later run is told that days have gone by.
LATER = ["faketime", "-f", "+3d"]


class Scenario:
    """A mailbox with mails, and what is to become of them."""

    def __init__(self, name, processing="mark", sizes=(600, 900), server="dovecot", archives=False, home="ready", copies=False):
        self.name, self.processing, self.sizes = name, processing, sizes
        self.server, self.archives, self.home, self.copies = server, archives, home, copies


SCENARIOS = [
    Scenario("mark as read, in a new home", home="mail"),
    Scenario("delete", "delete"),
    Scenario("archive by MOVE", "archive", archives=True),
    Scenario("archive and mark by COPY", "archiveAndMark", server="courier", archives=True),
    Scenario("delete, with copies of what was sent", "delete", copies=True),
    # Over the size from which bodies lie in files.
    Scenario("large mail", "delete", sizes=(1_300_000,)),
]


def compile_faults(folder):
    """The library that counts the program's calls and lets one fail."""
    source = os.path.join(os.path.dirname(os.path.realpath(__file__)), "faults.c")
    library = os.path.join(folder, "faults.so")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def spread(items, count, start):
    """`count` of the items, evenly; which ones depends on `start`."""
    if not count or len(items) <= count:
        return items
    return [items[(index * len(items) + start % len(items)) // count % len(items)] for index in range(count)]


def without_repetitions(calls):
    """Of calls in a row that do the same to the same file the first, the middle one and the last."""
    kept, row = [], []
    for call in [*calls, None]:
        if row and (call is None or (call.name, call.path) != (row[0].name, row[0].path)):
            kept += [row[index] for index in sorted({0, len(row) // 2, len(row) - 1})]
            row = []
        row.append(call)
    return kept


class Call:
    def __init__(self, line):
        number, self.kind, self.name, self.path = line.rstrip("\n").split(" ", 3)
        self.number = int(number)

    def __str__(self):
        return f"{self.name} number {self.number} ({self.kind} {self.path[-60:]})"


class Case:
    """A folder with mails of its own, so that no case sees another's."""

    def __init__(self, harness, scenario):
        self.harness, self.scenario, self.home = harness, scenario, harness.home
        facts = self.home.facts
        self.name = f"k{harness.number()}"
        self.fault = ""
        # How many copies of each mail have arrived, and how many of them without a note.
        self.seen, self.windows = collections.Counter(), collections.Counter()
        root = facts["ordersMaildir"]
        if scenario.server == "courier":
            root = os.path.join(facts["courierMailRoot"], facts["ordersUser"], "Maildir")
        self.folder = mail_flow.MaildirFolder(root, self.name).create()
        self.archive = mail_flow.MaildirFolder(root, self.name + "x").create() if scenario.archives else None
        self.mails = {f"{self.name}m{index}": mail_flow.message(f"{self.name}m{index}", size)
                      for index, size in enumerate(scenario.sizes)}
        if scenario.server == "courier":
            # It keeps lines with LF alone and adds the CR itself.
            self.mails = {token: content.replace(b"\r\n", b"\n") for token, content in self.mails.items()}
        for index, (token, content) in enumerate(self.mails.items()):
            self.folder.put(content, f"{1700000000 + index}.{token}.host,S={len(content)}")
        self.home.restore(scenario.home)
        prefix = "INBOX." if scenario.server == "courier" else ""
        port = facts["courierIMAP" if scenario.server == "courier" else "imap"]
        self.copies = mail_flow.MaildirFolder(root, self.name + "s") if scenario.copies else None
        changes = {"outgoing__sentCopy.server": f"{facts['host']}:{port}", "outgoing__sentCopy.protection": "off",
                   "outgoing__allowPlaintextPassword": "true", "outgoing__sentCopy.credential": "Mailbox",
                   "outgoing__sentCopy.folder": self.copies.name} if self.copies else {}
        self.flow = self.home.flow(prefix + self.name, scenario.processing,
                                   prefix + self.archive.name if self.archive else "",
                                   in_server=f"{facts['host']}:{port}", **changes)

    def run_with(self, **environment):
        settings = [f"{key}={value}" for key, value in environment.items()]
        return self.home.poll(self.flow, before=["env", f"LD_PRELOAD={self.harness.library}", *settings])

    def arrived(self):
        """The recorder's mails of this case: token → mails."""
        found = collections.defaultdict(list)
        for subject, mail in self.home.recorder.subjects("^" + self.name + "m"):
            found[subject].append(mail)
        return found

    def clean_up(self):
        self.folder.remove()
        for folder in (self.archive, self.copies):
            if folder:
                folder.remove()

    # What the database says. It is looked at in a copy: looking changes its files.

    def database(self):
        copies = os.path.join(self.home.folder, "database")
        shutil.rmtree(copies, ignore_errors=True)
        os.mkdir(copies)
        for suffix in ("", "-wal"):
            source = os.path.join(self.home.data, "tenant.sqlite" + suffix)
            if os.path.exists(source):
                shutil.copy(source, os.path.join(copies, "tenant.sqlite" + suffix))
        return sqlite3.connect(os.path.join(copies, "tenant.sqlite"))

    def noted_as_sent(self):
        """The Message-IDs of those deliveries that the database knows were accepted."""
        with self.database() as database:
            try:
                return {row[0] for row in database.execute(
                    "SELECT message_id FROM delivery JOIN delivery_target ON delivery = number WHERE state = 'sent'")}
            except sqlite3.OperationalError:
                return set()  # killed before there were tables

    # What has to hold.

    def recover(self):
        """Runs the flow until it says that all is well; then once more, which must find nothing."""
        for attempt in range(4):
            result = self.home.poll(self.flow, before=LATER if attempt > 1 else ())
            if result.returncode == 0 and self.is_settled():
                break
        else:
            told = (result.stdout + result.stderr).decode(errors="replace")
            raise AssertionError(f"after 4 more runs: exit code {result.returncode}, {self.open_mails()}: {told[-600:]}")
        before = sum(map(len, self.arrived().values()))
        result = self.home.poll(self.flow)
        assert result.returncode == 0, f"a run with nothing to do: {result.returncode}: {result.stderr.decode()[-300:]}"
        assert sum(map(len, self.arrived().values())) == before, "a run with nothing to do sent something"

    def open_mails(self):
        with self.database() as database:
            return database.execute("SELECT uid, state, failure FROM source_message WHERE state <> 'done'").fetchall()

    def is_settled(self):
        return not self.open_mails() and set(self.arrived()) == set(self.mails)

    def look_for_windows(self):
        """After a run with a fault: which mails have arrived in it, and that is not written down."""
        sent = self.noted_as_sent()
        for token, mails in self.arrived().items():
            if len(mails) > self.seen[token] and mails[-1].message_id not in sent:
                self.windows[token] += 1
            self.seen[token] = len(mails)

    def judge(self):
        arrived = self.arrived()
        assert set(arrived) == set(self.mails), f"LOST: {sorted(set(self.mails) - set(arrived))}"
        for token, mails in arrived.items():
            self.judge_copies(token, mails)
        self.judge_source()
        if self.copies:
            self.judge_sent(arrived)
        with self.database() as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            states = database.execute("SELECT DISTINCT state FROM delivery_target").fetchall()
            assert states == [("sent",)], f"deliveries stand at {states}"
        left = self.home.left_files()
        assert not left, f"left behind: {left}"

    def judge_copies(self, token, mails):
        body = mail_flow.with_crlf(self.mails[token]).split(b"\r\n\r\n", 1)[1].strip()
        for mail in mails:
            assert mail.content.split(b"\r\n\r\n", 1)[1].strip() == body, f"{token} arrived changed"
        assert len(mails) <= 1 + self.windows[token], (
            f"DUPLICATE outside of the window: {token} arrived {len(mails)} times")
        assert len({mail.content for mail in mails}) == 1, f"{token} was repeated with other bytes"
        self.harness.counts[self.fault, "repeated within the window"] += len(mails) - 1

    def judge_sent(self, arrived):
        """A copy may be missing, which is told; there is none of what was not sent, and none has other bytes."""
        sent = [mail.content for mails in arrived.values() for mail in mails]
        for content, flags in self.copies.mails():
            assert mail_flow.with_crlf(content) in sent, "a copy is not what was sent"
            sent.remove(mail_flow.with_crlf(content))
        if not self.fault:
            assert not sent, "copies are missing"

    def judge_source(self):
        here, there = self.folder.mails(), self.archive.mails() if self.archive else []
        wanted = sorted(self.mails.values())
        if self.scenario.processing == "mark":
            assert sorted(content for content, _ in here) == wanted, "the folder's mails are not what they were"
            assert all("S" in flags for _, flags in here), "not all are marked as read"
            return
        assert not here, f"{len(here)} mails are still in the folder"
        if self.archive:
            assert sorted(content for content, _ in there) == wanted, f"the archive has {len(there)} mails"
        if self.scenario.processing == "archiveAndMark":
            assert all("S" in flags for _, flags in there), "not all are marked as read in the archive"


class Harness:
    def __init__(self, home, library, options):
        self.home, self.library, self.options = home, library, options
        self.counts = collections.Counter()
        self.problems = []
        self.numbers = 0

    def number(self):
        self.numbers += 1
        return f"{os.getpid()}n{self.numbers}"

    def measure(self, scenario, **environment):
        """The calls of a run without a fault, which has to come to its end."""
        case = Case(self, scenario)
        log = os.path.join(self.home.folder, "calls")
        if os.path.exists(log):
            os.unlink(log)
        result = case.run_with(FAULT_LOG=log, **environment)
        assert result.returncode == 0, f"{scenario.name}: {result.stderr.decode()}"
        case.judge()
        case.clean_up()
        with open(log, encoding="utf-8", errors="replace") as file:
            return [Call(line) for line in file]

    def case(self, scenario, fault, call):
        self.counts[fault, "cases"] += 1
        case = Case(self, scenario)
        case.fault = fault
        try:
            for number in self.points(fault, call):
                result = case.run_with(**self.environment(fault, number))
                self.judge_run(fault, call, result)
                case.look_for_windows()
            case.recover()
            case.judge()
            case.clean_up()
        except (AssertionError, OSError, sqlite3.Error) as problem:
            self.problems.append(f"{scenario.name}, {fault} at {call}: {problem}")
            print(f"kill harness: FAILED {self.problems[-1]}", flush=True)

    def points(self, fault, call):
        """The numbers of the calls of one run after the other."""
        # A run that goes on with another's work makes fewer calls: where the second one comes to its end, all is well.
        return [call.number, 30 + call.number * 37 % 90] if fault == "KILL twice" else [call.number]

    def environment(self, fault, number):
        name, lasts, _ = FAULTS[fault]
        found = {"FAULT": name, "FAULT_AT": number, "FAULT_LOG": os.path.join(self.home.folder, "hit")}
        if lasts:
            found["FAULT_LASTS"] = 1
        if fault == "EIO reading":
            found["FAULT_READS"] = 1
        return found

    def judge_run(self, fault, call, result):
        if result.returncode == -9:
            self.counts[fault, "killed"] += 1
            return
        self.counts[fault, f"exit code {result.returncode}"] += 1
        errors = result.stderr.decode(errors="replace")
        if self.options.verbose and result.returncode:
            print(f"  {fault} at {call}: exit code {result.returncode}: {errors}{result.stdout.decode()}", flush=True)
        assert result.returncode in EXIT_CODES, f"exit code {result.returncode}: {errors[-300:]}"

    def chosen(self, calls, fault):
        kinds = FAULTS[fault][2]
        if fault == "EIO reading":
            calls = [call for call in calls if call.name in READS]
        if not self.options.every:
            calls = without_repetitions(calls)
        fitting = [call for call in calls if call.kind in kinds and (fault not in ("TORN", "CUT") or call.name in WRITES)]
        return spread(fitting, self.options.cases, self.options.seed + len(fault))

    def run(self):
        for scenario in SCENARIOS:
            if self.options.only and scenario.name != self.options.only:
                continue
            if scenario.server == "courier" and "courierIMAP" not in self.home.facts:
                print(f"kill harness: {scenario.name}: SKIPPED, Courier does not run", flush=True)
                continue
            started, cases = time.monotonic(), 0
            calls = self.measure(scenario)
            with_reads = self.measure(scenario, FAULT_READS=1)
            for fault in FAULTS:
                for call in self.chosen(with_reads if fault == "EIO reading" else calls, fault):
                    self.case(scenario, fault, call)
                    cases += 1
            print(f"kill harness: {scenario.name}: {len(calls)} system calls, {cases} cases, "
                  f"{time.monotonic() - started:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    for program in ("gcc", "faketime"):
        if not shutil.which(program):
            sys.exit(f"kill harness: {program} is not installed; run scripts/install-packages test")
    folder = tenant_home.temporary_folder("kill-mail")
    try:
        home = mail_flow.MailHome(folder, mail_flow.servers("courier"))
        home.make_ready()
        harness = Harness(home, compile_faults(folder), options)
        harness.run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for fault in FAULTS:
        told = {what: n for (name, what), n in sorted(harness.counts.items()) if name == fault}
        print(f"kill harness: {fault}: " + ", ".join(f"{n} {what}" for what, n in told.items()))
    lost = sum("LOST" in problem for problem in harness.problems)
    repeated = sum("DUPLICATE" in problem for problem in harness.problems)
    print(f"kill harness: {sum(n for (_, what), n in harness.counts.items() if what == 'cases')} cases, "
          f"{len(harness.problems)} failed, {lost} with a mail lost, {repeated} with one sent twice outside of the window")
    return 1 if harness.problems else 0


if __name__ == "__main__":
    sys.exit(main())
