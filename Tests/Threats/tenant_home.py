"""A tenant home of the threat tests: made by the built program itself, copied back before every case.

The keystore of these homes opens with key files, because a passphrase costs half a second each time on purpose.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
ENTRIES = {"a": "old-a", "b": "old-b", "c": "old-c"}
ADDED = {"d": "new-d", "e": "new-e"}
CHANGED = {"a": "new-a"}
# What may lie in the keystore's folder when no writer is at work.
KEYSTORE_FILES = {"keystore.tks", "keystore.tks.previous", "keystore.lock"}


def binary():
    """TENANT_BINARY, else the release build, else the debug build of this checkout."""
    given = os.environ.get("TENANT_BINARY")
    candidates = [given] if given else [os.path.join(ROOT, ".build", kind, "tenant") for kind in ("release", "debug")]
    for path in candidates:
        if os.access(path, os.X_OK):
            return os.path.realpath(path)
    sys.exit("threats: there is no built program; run scripts/build debug, or set TENANT_BINARY")


def temporary_folder(name):
    return tempfile.mkdtemp(prefix=f"tenant-{name}-", dir=os.environ.get("TENANT_TEST_TMP") or None)


class Home:
    """One folder with the tenant home `home`, the user's folder `user` and what the commands are given, `given`.

    Key slots name their files by absolute path, so every case runs at the same place and the template lies beside it.
    """

    def __init__(self, folder, program=None):
        self.folder = folder
        self.program = program or binary()
        self.case = os.path.join(folder, "case")
        self.home = os.path.join(self.case, "home")
        self.user = os.path.join(self.case, "user")
        self.given = os.path.join(self.case, "given")
        for path in (self.home, self.user, self.given):
            os.makedirs(path)

    @property
    def keystore(self):
        return os.path.join(self.home, "keystore")

    @property
    def environment(self):
        return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": self.user,
                "XDG_CONFIG_HOME": os.path.join(self.user, ".config"), "TMPDIR": self.folder,
                "SWIFT_BACKTRACE": "enable=no"}

    def run(self, *arguments, before=(), timeout=120, **options):
        """Runs the program in the home, without a terminal; `before` goes in front of it on the command line."""
        command = [*before, self.program, *arguments]
        process = subprocess.Popen(command, cwd=self.home, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            states = self.states(process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise AssertionError(f"{' '.join(command)}: no end after {timeout} s: {states}") from None
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    @staticmethod
    def states(session):
        """What the processes of a session are doing, for the message that one of them hangs."""
        told = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    name, rest = file.read().split(" ", 1)[1].rsplit(")", 1)
                with open(f"/proc/{pid}/wchan") as file:
                    place = file.read()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if rest.split()[3] == str(session):
                fields = rest.split()
                told.append(f"{name}) {pid} {fields[0]} in {place}, {fields[11]}+{fields[12]} ticks of processor time")
        return told

    def must(self, *arguments):
        result = self.run(*arguments)
        if result.returncode != 0:
            raise AssertionError(f"tenant {' '.join(arguments)}: exit code {result.returncode}: {result.stderr.decode()}")
        return result.stdout

    def write(self, name, content):
        path = os.path.join(self.given, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def artifact(self, name, secret, folder="files"):
        """An artifact file with its secret sealed; UserCredentials, but `b` is a Secure Parameter."""
        kind = ["SecureParameter", name] if name == "b" else ["UserCredentials", name, "--user", f"{name}@example.com"]
        path = self.write(f"{folder}/{name}.xml", self.must("new-artifact", *kind))
        self.must("seal-artifact", path, "--password-file", self.write(f"{folder}-{name}.password", secret.encode()))
        return path

    def certificate(self, name):
        path = os.path.join(self.given, name + ".pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", os.devnull, "-out", path, "-days", "30", "-subj", f"/CN={name}",
                        "-addext", "basicConstraints=critical,CA:TRUE"], check=True, stderr=subprocess.DEVNULL)
        return path

    def save(self, template):
        shutil.copytree(self.case, os.path.join(self.folder, template), symlinks=True)

    def restore(self, template):
        shutil.rmtree(self.case, ignore_errors=True)
        shutil.copytree(os.path.join(self.folder, template), self.case, symlinks=True)

    def header(self):
        """The first line of the keystore file, or None when there is no keystore."""
        try:
            with open(os.path.join(self.keystore, "keystore.tks"), "rb") as file:
                return json.loads(file.readline())
        except FileNotFoundError:
            return None

    def aliases(self):
        with open(os.path.join(self.keystore, "keystore.tks"), "rb") as file:
            lines = [json.loads(line) for line in file]
        return sorted(f"{line['type']} {line['alias']}" for line in lines if "alias" in line)

    def temporary_files(self):
        """Everything that a killed writer left, in the home and in the user's folder."""
        return sorted(os.path.join(folder, name) for top in (self.home, self.user)
                      for folder, _, names in os.walk(top) for name in names if name.endswith(".tmp"))


def make_templates(home):
    """`empty`: nothing yet. `filled`: three artifacts, a certificate, two key files. `words`: and a passphrase."""
    home.write("new.password", b"a new passphrase")
    home.write("probe.password", b"probe")
    other = home.certificate("other")
    authority = home.certificate("authority")
    assert os.path.exists(other)
    home.save("empty")
    home.must("init")
    for name, secret in ENTRIES.items():
        home.must("deploy-artifact", home.artifact(name, secret, "old"))
    for name, secret in {**ADDED, **CHANGED}.items():
        home.artifact(name, secret, "new")
    home.write("probe.xml", home.must("new-artifact", "UserCredentials", "probe", "--user", "probe@example.com"))
    # What the state is compared with: everything that was there, and what may have been added.
    for name, secret in {**ENTRIES, **ADDED}.items():
        home.artifact(name, secret, "check")
    home.must("import-certificate", authority, "--alias", "ca", "--yes")
    home.must("keystore", "add-key", "--key-file", os.path.join(home.given, "second.key"))
    home.save("filled")
    home.must("keystore", "add-key", "--passphrase-file", home.write("old.password", b"the old passphrase"))
    home.save("words")
