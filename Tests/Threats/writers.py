"""usage: python3 Tests/Threats/writers.py [--changes N] [--reads N]

Processes of the built program at the same keystore (rows 13 and 14 of docs/threat-model.md):
- two writers, each with N changes (default 500), one process a change; readers beside them, at least --reads lookups
  (default 1000: list-artifacts, show-artifact and plans that open secrets); a third writer, killed by SIGKILL at random;
- at the end every change that was told as done is there, with its secret, and no reader saw an error.
Exit codes: 0 nothing lost, 1 lost or a reader failed.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import tenant_home


class Work:
    def __init__(self, home, changes, reads):
        self.home, self.changes, self.reads = home, changes, reads
        self.done = {0: 0, 1: 0}
        self.problems = []
        self.lookups = 0
        self.killed = self.survived = 0

    def artifact(self, name):
        return self.home.write(f"many/{name}.xml", f'''<?xml version="1.0" encoding="UTF-8"?>
<UserCredentials xmlns="urn:tenant:artifact:1" Name="{name}" Kind="default"><User>{name}@example.com</User></UserCredentials>
'''.encode())

    def write(self, writer):
        """Deploys artifacts of its own, one after the other; every fifth change takes one away again."""
        secret = self.home.write(f"{writer}.password", f"secret of writer {writer}".encode())
        for number in range(self.changes):
            if number % 5 == 4:
                result = self.home.run("undeploy-artifact", f"w{writer}-{number - 1}")
            else:
                result = self.home.run("deploy-artifact", self.artifact(f"w{writer}-{number}"), "--password-file", secret)
            if result.returncode != 0:
                self.problems.append(f"writer {writer}, change {number}: {result.stderr.decode().strip()}")
            self.done[writer] += 1

    @property
    def is_writing(self):
        return any(done < self.changes for done in self.done.values())

    def read(self, reader):
        words = [["list-artifacts"], ["show-artifact", "a"],
                 ["deploy-artifact", "--plan", os.path.join(self.home.given, "check")]]
        while self.is_writing or self.lookups < self.reads:
            result = self.home.run(*words[self.lookups % 3])
            if result.returncode != 0:
                self.problems.append(f"reader {reader}: {result.stderr.decode().strip()}")
            self.lookups += 1

    def write_and_die(self):
        generator = random.Random(4711)
        secret = os.path.join(self.home.given, "probe.password")
        while self.is_writing:
            process = subprocess.Popen(
                [self.home.program, "deploy-artifact", self.artifact(f"killed-{self.killed}"), "--password-file", secret],
                cwd=self.home.home, env=self.home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            time.sleep(generator.uniform(0.001, 0.06))
            process.kill()
            self.survived += process.wait() == 0
            self.killed += 1

    def expected(self):
        for writer in (0, 1):
            for number in range(self.changes):
                if number % 5 != 4 and not (number % 5 == 3 and number + 1 < self.changes):
                    yield f"w{writer}-{number}", f"secret of writer {writer}"

    def verify(self):
        """Every change is there, nothing is left behind, and each secret opens and is the right one."""
        expected = dict(self.expected())
        found = {alias.split(" ", 1)[1] for alias in self.home.aliases()}
        lost = set(expected) - found
        extra = {name for name in found if name.startswith("w")} - set(expected)
        kept = set(tenant_home.ENTRIES) - found
        self.home.must("undeploy-artifact", "a")
        left = set(os.listdir(self.home.keystore)) - tenant_home.KEYSTORE_FILES | set(self.home.temporary_files())
        assert not (lost or extra or kept or left), f"lost {lost}, back again {extra}, gone {kept}, left behind {left}"
        # A plan of sealed values compares the secrets: 40 of them, spread evenly.
        names = sorted(expected)[:: max(1, len(expected) // 40)]
        folder = os.path.join(self.home.given, "sealed")
        os.makedirs(folder)
        for name in names:
            path = shutil.copy(os.path.join(self.home.given, "many", name + ".xml"), folder)
            secret = self.home.write("one.password", expected[name].encode())
            self.home.must("seal-artifact", path, "--password-file", secret)
        plan = self.home.must("deploy-artifact", "--plan", "--output", "json", folder)
        assert plan.count(b'"same"') == len(names), plan
        return len(expected), len(names)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--reads", type=int, default=1000)
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    folder = tenant_home.temporary_folder("writers")
    started = time.monotonic()
    try:
        home = tenant_home.Home(folder)
        tenant_home.make_templates(home)
        home.restore("filled")
        work = Work(home, options.changes, options.reads)
        threads = [threading.Thread(target=work.write, args=(writer,)) for writer in (0, 1)]
        threads += [threading.Thread(target=work.read, args=(reader,)) for reader in (0, 1)]
        threads.append(threading.Thread(target=work.write_and_die))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for problem in work.problems[:5]:
            print(f"writers: FAILED {problem}")
        entries, compared = work.verify()
        generation = home.header()["generation"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"writers: 2 writers of {options.changes} changes, {work.lookups} lookups beside them, {work.killed} changes killed "
          f"({work.survived} came through); {entries} entries expected, 0 lost; {compared} secrets compared; "
          f"generation {generation}; {len(work.problems)} errors; {time.monotonic() - started:.0f} s")
    return 1 if work.problems else 0


if __name__ == "__main__":
    sys.exit(main())
