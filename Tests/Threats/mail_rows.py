"""usage: python3 Tests/Threats/mail_rows.py [--only ROW] [--verbose]

Rows of the list of failure points that are no single system call: a mail that always fails (8), an answer that is lost
(12), recipients that are deferred (15), refusals after the final dot (16), UIDVALIDITY changed (22), a UID used again (23),
several processes on one mailbox (24), a full disk (25), the database gone or restored (26), a clock that jumps (27), a flow
that is changed while its mails are under way (28); and a channel that wants each mail at most once. A line for each.
Needs faketime, and root for the mail servers and a small file system. Exit codes: 0 all held, 1 not.
"""
import argparse
import collections
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import kill_mail
import mail_flow
import smtp_recorder
import tenant_home


class Rows:
    def __init__(self, home, library):
        self.home, self.library = home, library
        self.numbers = 0

    # Arranging.

    def folder(self, count, size=600, prefix=""):
        """A new folder with mails; returns it and their contents by token."""
        self.numbers += 1
        name = f"r{os.getpid()}n{self.numbers}{prefix}"
        folder = mail_flow.MaildirFolder(self.home.facts["ordersMaildir"], name).create()
        return folder, self.fill(folder, range(count), size)

    def fill(self, folder, numbers, size=600):
        mails = {f"{folder.name}m{number}": mail_flow.message(f"{folder.name}m{number}", size) for number in numbers}
        for number, (token, content) in zip(numbers, mails.items()):
            folder.put(content, f"{1700000000 + number}.{token}.host")
        return mails

    def arrived(self, folder):
        return collections.Counter(subject for subject, _ in self.home.recorder.subjects("^" + folder.name + "m"))

    def expect(self, folder, mails, times=1):
        """Every mail has arrived that often, and no other."""
        found = self.arrived(folder)
        assert found == {token: times for token in mails}, f"arrived {dict(found)}, should have {sorted(mails)}"

    def must(self, flow, before=(), code=0):
        result = self.home.poll(flow, before=before)
        said = (result.stdout + result.stderr).decode(errors="replace")
        assert result.returncode == code, f"exit code {result.returncode}, should be {code}: {said[-500:]}"
        return said

    def killed(self, flow, call_number):
        """A run that is killed at a system call."""
        result = self.home.poll(flow, before=["env", f"LD_PRELOAD={self.library}", "FAULT=kill", f"FAULT_AT={call_number}"])
        assert result.returncode == -9, f"the run was not killed at call {call_number}: exit code {result.returncode}"

    def call_count(self, processing="mark"):
        """How many system calls a run with two mails makes, for spreading kills over it."""
        folder, _ = self.folder(2)
        self.home.restore("mail")
        log = os.path.join(self.home.folder, "calls")
        self.home.poll(self.home.flow(folder.name, processing), before=[
            "env", f"LD_PRELOAD={self.library}", f"FAULT_LOG={log}"])
        with open(log) as file:
            count = sum(1 for _ in file)
        os.unlink(log)
        return count

    def points(self, count):
        total = self.call_count()
        return [total * (index + 1) // (count + 1) for index in range(count)]

    def once_each(self, folder, mails):
        """Every mail has arrived; twice at most where a kill may have fallen into the window, with the same bytes."""
        copies = collections.defaultdict(list)
        for subject, mail in self.home.recorder.subjects("^" + folder.name + "m"):
            copies[subject].append(mail.content)
        assert set(copies) == set(mails), f"LOST: {sorted(set(mails) - set(copies))}"
        repeated = 0
        for token, contents in copies.items():
            assert len(contents) <= 2 and len(set(contents)) == 1, f"DUPLICATE: {token} arrived {len(contents)} times"
            repeated += len(contents) - 1
        return repeated

    # The rows.

    def row_8(self):
        """A mail that is always refused: kept at the source, put aside after its attempts, the others go on."""
        folder, mails = self.folder(1)
        flow = self.home.flow(folder.name, "delete", out_to="550-bert@example.org", incoming__maximumAttempts="2")
        for _ in range(3):
            self.home.poll(flow)
        assert len(folder.mails()) == 1, "the mail was taken from the source"
        others = self.fill(folder, [7])
        flow = self.home.flow(folder.name, "delete", incoming__maximumAttempts="2")
        self.must(flow)
        self.expect(folder, others)
        listed = self.home.run("messages", "list")
        assert listed.returncode == 0 and listed.stdout.strip(), "messages list shows nothing of it"
        return f"1 mail put aside, {len(folder.mails())} left at the source, the next one arrived"

    def row_12(self):
        """The answer to the final dot is lost: sent again with the same bytes, or held, as the channel says."""
        for policy, copies in (("resend", 2), ("hold", 1)):
            self.home.restore("ready")
            folder, mails = self.folder(1)
            flow = self.home.flow(folder.name, "delete", outgoing__onDoubt=policy)
            self.home.recorder.answer = lambda mail: None
            try:
                self.must(flow, code=76)
            finally:
                self.home.recorder.answer = smtp_recorder.accept
            assert len(folder.mails()) == 1, "the mail was taken from the source"
            result = self.home.poll(flow, before=kill_mail.LATER)
            assert result.returncode == 0, f"{policy}: exit code {result.returncode}"
            told = self.home.must("messages", "list", "--state", "held").decode()
            assert ("HELD" in told) == (policy == "hold"), f"{policy}: messages list: {told}"
            self.once_each(folder, mails)
            self.expect(folder, mails, copies)
            assert len(folder.mails()) == 2 - copies, f"{policy}: {len(folder.mails())} mails are at the source"
        return "resend: 1 repeated with the same bytes; hold: 0 repeated, the mail stays at the source"

    def row_15(self):
        """Some recipients are accepted and some deferred: only those get it again."""
        folder, mails = self.folder(1)
        flow = self.home.flow(folder.name, "delete", out_to="bert@example.org;450-carl@example.org")
        result = self.home.poll(flow)
        assert result.returncode not in (0, 69, 75), f"exit code {result.returncode} after a part was sent"
        self.home.recorder.defers = False
        try:
            self.must(flow, before=kill_mail.LATER)
        finally:
            self.home.recorder.defers = True
        got = [mail.recipients for _, mail in self.home.recorder.subjects("^" + folder.name + "m")]
        assert [len(recipients) for recipients in got] == [1, 1] and got[0] != got[1], f"recipients: {got}"
        assert not folder.mails(), "the source still has the mail"
        return "2 recipients, each got it once"

    def row_16(self):
        """The server refuses after the final dot: for now, which is tried again, or for good, which is put aside."""
        folder, mails = self.folder(1)
        flow = self.home.flow(folder.name, "delete")
        self.home.recorder.answer = lambda mail: b"421 4.3.0 going down"
        try:
            self.must(flow, code=75)
        finally:
            self.home.recorder.answer = smtp_recorder.accept
        self.must(flow, before=kill_mail.LATER)
        assert not folder.mails(), "the source still has the mail"
        self.once_each(folder, mails)
        folder, mails = self.folder(1)
        flow = self.home.flow(folder.name, "delete", incoming__maximumAttempts="1")
        self.home.recorder.answer = lambda mail: b"552 5.3.4 too large"
        try:
            self.must(flow, code=1)
        finally:
            self.home.recorder.answer = smtp_recorder.accept
        self.must(flow)
        self.expect(folder, mails)
        assert len(folder.mails()) == 1, "the refused mail was taken from the source"
        return "421: sent again; 552: sent once, put aside, still at the source"

    def row_atmostonce(self):
        """At most once: what a kill has cut off is held, never repeated, and told."""
        points, held = self.points(10), 0
        for point in points:
            self.home.restore("mail")
            folder, mails = self.folder(2)
            flow = self.home.flow(folder.name, "delete", incoming__atMostOnce="true", outgoing__onDoubt="hold")
            self.killed(flow, point)
            self.home.poll(flow)
            self.home.poll(flow)
            found = self.arrived(folder)
            assert all(found[token] <= 1 for token in mails), f"DUPLICATE: {dict(found)}"
            kept = {re.search(rb"Subject: (\S+)", content)[1].decode() for content, _ in folder.mails()}
            assert set(mails) <= kept | set(found), f"LOST: {sorted(set(mails) - kept - set(found))}"
            told = self.home.must("messages", "list", "--state", "held").decode()
            waiting = [token for token in mails if token in kept]
            assert told.count("HELD") == len(waiting), f"{waiting} wait, and messages list does not tell: {told}"
            held += len(waiting)
        return f"{len(points)} kills, nothing sent twice, {held} held for a person"

    def row_22(self):
        """UIDVALIDITY changes: between polls, and after a kill in the middle of one."""
        folder, mails = self.folder(3)
        flow = self.home.flow(folder.name)
        self.must(flow)
        folder.change_validity()
        folder.mark_unread()
        self.must(flow)
        self.expect(folder, mails)
        added = self.fill(folder, [5])
        self.must(flow)
        self.expect(folder, {**mails, **added})
        repeated, points = 0, self.points(4)
        for point in points:
            self.home.restore("mail")
            folder, mails = self.folder(2)
            flow = self.home.flow(folder.name)
            self.killed(flow, point)
            folder.change_validity()
            self.must(flow)
            repeated += self.once_each(folder, mails)
            assert all("S" in flags for _, flags in folder.mails()), "not all are marked as read"
        return f"3 known mails not repeated, 1 new one taken; {len(points)} kills before the change, {repeated} repeated in the window"

    def row_23(self):
        """A UID is given to another mail: that one is processed, and the old one not again."""
        folder, mails = self.folder(1)
        flow = self.home.flow(folder.name)
        self.must(flow)
        name = next(name for name in os.listdir(os.path.join(folder.path, "cur")))
        other = f"{folder.name}m9"
        os.unlink(os.path.join(folder.path, "cur", name))
        for entry in os.listdir(folder.path):
            # The list of UIDs stays, what is cached of the mails goes.
            if entry.startswith("dovecot.index"):
                os.unlink(os.path.join(folder.path, entry))
        base = name.partition(":2,")[0]
        folder.put(mail_flow.message(other, 2000), base)
        self.must(flow)
        self.expect(folder, [*mails, other])
        return "1 UID used again, both mails arrived once"

    def row_24(self):
        """Three processes on one mailbox at once, several times."""
        waited = 0
        for _ in range(4):
            self.home.restore("mail")
            folder, mails = self.folder(8)
            flow = self.home.flow(folder.name)
            commands = [subprocess.Popen([self.home.program, "run-iflow", flow], cwd=self.home.home,
                                         env=self.home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT) for _ in range(3)]
            for process in commands:
                output, _ = process.communicate(timeout=120)
                assert process.returncode in (0, 75), f"exit code {process.returncode}: {output.decode()[-400:]}"
                waited += process.returncode == 75
            self.must(flow)
            self.expect(folder, mails)
        return f"4 times 3 processes, 32 mails arrived once, {waited} processes were told to wait"

    def row_25(self):
        """The disk is full: nothing is lost, the run says so, and goes on when there is room."""
        codes = []
        # What is left free, in KiB: too little to begin with, hardly any, nothing.
        for free in (4096, 200, 8, 0):
            self.home.restore("ready")
            kept = os.path.join(self.home.folder, "kept")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.home.data, kept)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", self.home.data], check=True)
            try:
                shutil.copytree(kept, self.home.data, dirs_exist_ok=True)
                codes.append(self.full_disk(free))
            finally:
                subprocess.run(["umount", self.home.data], check=True)
        return f"exit codes {codes} while full, then all arrived once"

    def full_disk(self, free):
        folder, mails = self.folder(3, size=100_000)
        flow = self.home.flow(folder.name, "delete")
        ballast = os.path.join(self.home.data, "ballast")
        state = os.statvfs(self.home.data)
        room = state.f_bavail * state.f_bsize - free * 1024
        file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
        os.posix_fallocate(file, 0, room)
        os.close(file)
        result = self.home.poll(flow)
        said = result.stderr.decode(errors="replace")
        assert result.returncode == 75, f"exit code {result.returncode} with {free} KiB free: {said[-300:]}"
        assert "full" in said.lower() or "space" in said.lower(), f"it does not say that the disk is full: {said[-300:]}"
        arrived = sum(self.arrived(folder).values())
        assert len(folder.mails()) + arrived >= len(mails), "a mail is neither here nor there"
        os.unlink(ballast)
        self.must(flow, before=kill_mail.LATER)
        self.expect(folder, mails)
        assert not folder.mails(), "the source still has mails"
        return result.returncode

    def row_26(self):
        """The database is gone, or an older one was put back: the folder is held."""
        folder, mails = self.folder(2)
        flow = self.home.flow(folder.name)
        self.must(flow)
        backup = os.path.join(self.home.folder, "backup")
        shutil.rmtree(backup, ignore_errors=True)
        shutil.copytree(self.home.data, backup)
        added = self.fill(folder, [5])
        self.must(flow)
        self.expect(folder, {**mails, **added})
        codes = []
        for restore in (False, True):
            folder.mark_unread()
            for name in os.listdir(self.home.data):
                if name.startswith("tenant.sqlite"):
                    os.unlink(os.path.join(self.home.data, name))
            if restore:
                for name in os.listdir(backup):
                    if name.startswith("tenant.sqlite"):
                        shutil.copy(os.path.join(backup, name), self.home.data)
            result = self.home.poll(flow)
            codes.append(result.returncode)
            assert result.returncode != 0, f"a lost ledger is not told: {result.stdout.decode()[-300:]}"
            self.expect(folder, {**mails, **added})
        return f"removed and restored: held (exit codes {codes}), nothing sent again"

    def row_27(self):
        """The clock jumps by a year, forward and back, between a kill and the next run."""
        repeated, points = 0, self.points(3)
        for jump in ("+1y", "-1y"):
            for point in points:
                self.home.restore("mail")
                folder, mails = self.folder(2)
                flow = self.home.flow(folder.name)
                self.killed(flow, point)
                self.must(flow, before=["faketime", "-f", jump])
                self.must(flow)
                repeated += self.once_each(folder, mails)
        return f"{2 * len(points)} jumps, nothing lost, {repeated} repeated in the window"

    def row_28(self):
        """The flow is changed after a kill: what was about to be sent is sent as it was, the rest as it is now."""
        repeated, points = 0, self.points(6)
        for point in points:
            self.home.restore("mail")
            folder, mails = self.folder(2)
            self.killed(self.home.flow(folder.name), point)
            flow = self.home.flow(folder.name, out_to="carl@example.org")
            self.must(flow)
            repeated += self.once_each(folder, mails)
        self.home.restore("ready")
        folder, mails = self.folder(1)
        self.home.recorder.answer = lambda mail: None
        try:
            self.must(self.home.flow(folder.name), code=76)
        finally:
            self.home.recorder.answer = smtp_recorder.accept
        self.must(self.home.flow(folder.name, out_to="carl@example.org"), before=kill_mail.LATER)
        self.expect(folder, mails, times=2)
        first, second = (mail for _, mail in self.home.recorder.subjects("^" + folder.name + "m"))
        assert (first.recipients, first.content) == (second.recipients, second.content), "a mail in doubt was changed"
        return f"{len(points)} changes after a kill, nothing lost, {repeated} repeated in the window with the same bytes"


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only")
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    folder = tenant_home.temporary_folder("mail-rows")
    failed = 0
    try:
        home = mail_flow.MailHome(folder, mail_flow.servers())
        home.make_ready()
        rows = Rows(home, kill_mail.compile_faults(folder))
        for number in (8, 12, 15, 16, 22, 23, 24, 25, 26, 27, 28, "atmostonce"):
            if options.only and options.only != str(number):
                continue
            started = time.monotonic()
            row = getattr(rows, f"row_{number}")
            rows.home.restore("mail")
            try:
                told = row()
            except (AssertionError, OSError, sqlite3.Error, subprocess.SubprocessError) as problem:
                failed += 1
                told = f"FAILED: {problem}"
            print(f"mail rows: {number}: {row.__doc__.split(':')[0].rstrip('.')}: {told} "
                  f"({time.monotonic() - started:.0f} s)", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
