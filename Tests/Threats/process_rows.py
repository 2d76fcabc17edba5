"""usage: python3 Tests/Threats/process_rows.py [--full]

What a running `tenant` shows of its secrets to others, and what becomes of it where the system grants little (rows 10, 15,
18, 20, 21 and 26 of docs/threat-model.md). The program is held still by strace at its first flock: the keys are in memory
then. --full tries 100 wrong passphrases instead of one. Needs root, strace, gdb, util-linux. Exit codes: 0 all held, 1 not, 77 not root.
"""
import os
import pty
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import tenant_home

CANARY = "Canary" + os.urandom(10).hex()
failures = []


def check(name, holds, detail=""):
    print(f"process rows: {name}: {'held' if holds else 'FAILED ' + str(detail)}", flush=True)
    if not holds:
        failures.append(name)


class Stopped:
    """The program, stopped just before its `ordinal`th call of `call`."""

    def __init__(self, home, words, call="flock", ordinal=1, preexec=None):
        log = os.path.join(home.folder, "stop.log")
        self.strace = subprocess.Popen(
            ["strace", "-f", "-o", log, "-e", f"trace={call}", "-e", f"inject={call}:signal=STOP:when={ordinal}",
             home.program, *words], cwd=home.home, env=home.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=preexec)
        self.pid = self.find()

    def find(self):
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            try:
                with open(f"/proc/{self.strace.pid}/task/{self.strace.pid}/children") as file:
                    children = file.read().split()
                for pid in children:
                    with open(f"/proc/{pid}/status") as file:
                        # T: stopped by the signal, under a tracer (t: only between two calls).
                        if re.search(r"^State:\s+[Tt] ", file.read(), re.M) and self.is_stopped(pid):
                            return int(pid)
            except FileNotFoundError:
                pass
            if self.strace.poll() is not None:
                raise AssertionError("the program ended: " + self.strace.stderr.read().decode())
            time.sleep(0.02)
        raise AssertionError("the program did not stop")

    @staticmethod
    def is_stopped(pid):
        """Whether the signal has been delivered: strace tells it in its log, here the state stays for a moment."""
        for _ in range(3):
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] not in "Tt":
                    return False
            time.sleep(0.05)
        return True

    def read(self, name):
        with open(f"/proc/{self.pid}/{name}", "rb") as file:
            return file.read()

    def end(self):
        """Lets the program go on; its exit code and what it said."""
        os.kill(self.pid, signal.SIGCONT)
        out, errors = self.strace.communicate(timeout=60)
        return self.strace.returncode, out, errors


def free_of_strace(stopped):
    """Ends strace and leaves the program stopped, so that another debugger can look at it."""
    stopped.strace.kill()
    stopped.strace.wait()


def arguments_and_environment(home):
    home.restore("filled")
    secret = home.write("canary.password", CANARY.encode())
    stopped = Stopped(home, ["deploy-artifact", os.path.join(home.given, "probe.xml"), "--password-file", secret])
    own = stopped.read("cmdline") + stopped.read("environ")
    check("15: no secret in the arguments or the environment", CANARY.encode() not in own and len(own) > 100)
    descriptors = {name: os.readlink(f"/proc/{stopped.pid}/fd/{name}") for name in os.listdir(f"/proc/{stopped.pid}/fd")}
    inheritable = []
    for name, target in descriptors.items():
        with open(f"/proc/{stopped.pid}/fdinfo/{name}") as file:
            flags = int(re.search(r"flags:\s+(\d+)", file.read())[1], 8)
        if int(name) > 2 and not flags & os.O_CLOEXEC:
            inheritable.append(target)
    check("21: every open file is closed in a child", not inheritable and any("keystore" in t for t in descriptors.values()),
          f"{inheritable} of {descriptors}")
    code, _, errors = stopped.end()
    check("15: the deployment went on", code == 0, errors)


def no_children(home):
    """The keystore commands start no other program at all."""
    home.restore("filled")
    log = os.path.join(home.folder, "children.log")
    home.run("deploy-artifact", os.path.join(home.given, "new"),
             before=["strace", "-f", "-o", log, "-e", "trace=execve,fork,vfork"])
    with open(log) as file:
        calls = re.findall(r"\b(?:execve|v?fork)\(", file.read())
    check("21: no child process is started", len(calls) == 1, calls)


def core_dump(home):
    home.restore("filled")
    cores = os.path.join(home.folder, "cores")
    os.makedirs(cores, exist_ok=True)
    # The limit is what the caller grants: as much as there is.
    unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    stopped = Stopped(home, ["deploy-artifact", os.path.join(home.given, "new")], preexec=unlimited)
    limits = stopped.read("limits").decode()
    check("18: the limit of core files is 0", re.search(r"Max core file size\s+0\s+0\s", limits) is not None, limits)
    free_of_strace(stopped)
    nobody = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "gcore", "-o",
                             os.path.join("/tmp", f"tenant-gcore-{stopped.pid}"), str(stopped.pid)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=home.environment)
    taken = f"/tmp/tenant-gcore-{stopped.pid}.{stopped.pid}"
    check("18: another user gets no image of the memory", nobody.returncode != 0 and not os.path.exists(taken), nobody.stdout)
    os.kill(stopped.pid, signal.SIGABRT)
    os.kill(stopped.pid, signal.SIGCONT)
    limit = time.monotonic() + 10
    while os.path.exists(f"/proc/{stopped.pid}/exe") and time.monotonic() < limit:
        time.sleep(0.05)
    check("18: SIGABRT leaves no core file", not core_files(home.home), core_files(home.home))
    with open("/proc/sys/kernel/core_pattern") as file:
        pattern = file.read().strip()
    if pattern.startswith(("|", "/")):
        print(f"process rows: 18: no control for the core file: this system sends cores to '{pattern}'")
        return
    other = subprocess.Popen(["sleep", "60"], cwd=cores, preexec_fn=unlimited)
    other.send_signal(signal.SIGABRT)
    other.wait()
    check("18: control: another program leaves a core file", core_files(cores))


def core_files(folder):
    return [name for name in os.listdir(folder) if "core" in name]


def same_user(home):
    """A process of the same user that is not root: the program is not dumpable, so its memory is closed to him too."""
    user = os.path.join(home.folder, "nobody")
    shutil.rmtree(user, ignore_errors=True)
    os.makedirs(os.path.join(user, "home"))
    subprocess.run(["chown", "-R", "65534:65534", user], check=True)
    os.chmod(home.folder, 0o711)
    parents = home.folder
    while parents not in ("/", "/tmp"):  # the test's own temporary folder is closed to others
        os.chmod(parents, os.stat(parents).st_mode | 0o011)
        parents = os.path.dirname(parents)
    program = os.path.join(user, "tenant")
    shutil.copy(home.program, program)
    os.chmod(program, 0o755)
    environment = {**home.environment, "HOME": user, "XDG_CONFIG_HOME": user + "/.config"}
    demote = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # It waits for its standard input, with the hardening done: nothing else needs to hold it still.
    made = subprocess.run([*demote, program, "init"], cwd=user + "/home", env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    check("18: an ordinary user can make a home", made.returncode == 0, made.stdout)
    process = subprocess.Popen([*demote, program, "keystore", "add-key", "--passphrase-stdin"], cwd=user + "/home",
                               env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        with open(f"/proc/{process.pid}/wchan") as file:
            if "pipe_read" in file.read():
                break
        time.sleep(0.05)
    peek = subprocess.run([*demote, "dd", f"if=/proc/{process.pid}/mem", "of=/dev/null", "count=0"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check("18: a process of the same user cannot open the memory", peek.returncode != 0, peek.stdout)
    control = subprocess.Popen([*demote, "sleep", "60"])
    time.sleep(0.3)
    open_one = subprocess.run([*demote, "dd", f"if=/proc/{control.pid}/mem", "of=/dev/null", "count=0"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    control.kill()
    control.wait()
    check("18: control: he can open that of an ordinary program", open_one.returncode == 0, open_one.stdout)
    process.kill()
    process.wait()


def locked_memory(home):
    home.restore("filled")
    words = ["deploy-artifact", os.path.join(home.given, "new")]
    stopped = Stopped(home, words)
    status = stopped.read("status").decode()
    locked = int(re.search(r"VmLck:\s+(\d+) kB", status)[1])
    # The master key, its three subkeys and the three opened secrets: a page each.
    check("20: the pages of the keys are locked", locked >= 7 * 4, f"{locked} kB")
    stopped.end()
    home.restore("filled")
    none = lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
    # Root is not bound by the limit, so the right to lock goes too.
    result = home.run(*words, before=["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"], preexec_fn=none)
    check("20: without lockable memory the work is done all the same", result.returncode == 0, result.stderr)
    check("20: and a warning says so", b"warning" in result.stderr and b"swap" in result.stderr, result.stderr)


def little_memory(home):
    """Row 26: a passphrase whose key derivation needs more memory than there is."""
    home.restore("words")
    os.remove(os.path.join(home.given, "second.key"))
    for folder, _, names in os.walk(os.path.join(home.user, ".config")):
        for name in names:
            if name.endswith(".key"):
                os.remove(os.path.join(folder, name))
    with open(os.path.join(home.keystore, "keystore.tks"), "rb") as file:
        before = file.read()
    # Deployment, not list-artifacts: a command that would write.
    words = ["undeploy-artifact", "a"]
    code, told = on_terminal(home, ["prlimit", "--as=134217728", home.program, *words], b"the old passphrase\n")
    check("26: too little memory for the passphrase is told", code == 75 and b"MiB" in told, (code, told[-300:]))
    with open(os.path.join(home.keystore, "keystore.tks"), "rb") as file:
        check("26: the keystore is as it was", file.read() == before)
    code, told = on_terminal(home, [home.program, *words], b"the old passphrase\n")
    check("26: control: with enough memory the same goes through", code == 0, (code, told[-300:]))
    tries = 100 if "--full" in sys.argv else 1
    told = {on_terminal(home, [home.program, "list-artifacts"], b"a wrong passphrase %d\n" % number)
            for number in range(tries)}
    check(f"10: {tries} wrong passphrases open nothing, all with the same words", len(told) == 1 and
          all(code not in (0, None) and b"a wrong" not in words for code, words in told), told)


def on_terminal(home, words, answer):
    """Runs a program on a terminal of its own and types `answer` when it asks; its exit code and all it showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home.home)
        os.execve(shutil.which(words[0]), words, home.environment)
    told, limit = b"", time.monotonic() + 60
    while time.monotonic() < limit:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        told += data
        if answer and b"assphrase" in told and told.rstrip(b"\r\n").endswith(b": "):
            time.sleep(0.1)  # until the echo is off: the prompt is written after that, on most terminals
            os.write(terminal, answer)
            answer = b""
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else None), told


def main():
    if os.geteuid() != 0:
        print("process rows: needs root", file=sys.stderr)
        return 77
    folder = tenant_home.temporary_folder("process")
    try:
        home = tenant_home.Home(folder)
        tenant_home.make_templates(home)
        for row in (arguments_and_environment, no_children, core_dump, same_user, locked_memory, little_memory):
            row(home)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"process rows: {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
