"""usage: python3 Tests/Threats/tampering.py [--step N]

Changes a keystore of at least 4 KiB and asks the built program to open it (rows 2, 3 and 8 of docs/threat-model.md): every
bit flipped, every length it can be cut to, 256 bytes added at the end, and crafted headers that ask for much memory or
time. All must be refused, without a crash and without a word of what is inside; the crafted ones within 64 MiB.
--step N   every Nth bit and length only (default 1). Exit codes: 0 all refused, 1 not.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import tenant_home

REFUSALS = {1, 65, 75, 77, 78}
MEMORY_LIMIT_MIB = 64


# A process counts the memory of the one that started it, so a small one measures: exit code and peak in KiB on stderr.
MEASURE = """import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)
"""


class Opener:
    """Opens changed keystores, two processes at a time."""

    def __init__(self, folder):
        self.home = tenant_home.Home(os.path.join(folder, "made"))
        self.home.must("init")
        for name, length in [("a", 200), ("b", 4000)]:
            self.home.must("deploy-artifact", self.home.artifact(name, "Kennwort" * (length // 8)))
        with open(os.path.join(self.home.keystore, "keystore.tks"), "rb") as file:
            self.bytes = file.read()
        assert len(self.bytes) >= 4096, len(self.bytes)
        self.accepted, self.crashed, self.told = [], [], 0
        self.lock = threading.Lock()
        self.places = []
        for worker in range(2):
            place = os.path.join(folder, f"worker-{worker}")
            shutil.copytree(self.home.keystore, os.path.join(place, "keystore"))
            self.places.append(place)

    def open(self, place, content):
        """Exit code and what was said of opening this content."""
        path = os.path.join(place, "keystore", "keystore.tks")
        with open(path, "wb") as file:
            file.write(content)
        result = subprocess.run([self.home.program, "list-artifacts"], cwd=place, env=self.home.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.returncode, result.stdout

    def measure(self, place):
        """The peak memory in MiB of opening what lies there."""
        result = subprocess.run([sys.executable, "-c", MEASURE, self.home.program, "list-artifacts"], cwd=place,
                                env=self.home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)
        return int(result.stderr.split()[-1]) / 1024

    def judge(self, name, code, said):
        with self.lock:
            self.told += 1
            if code == 0:
                self.accepted.append(name)
            elif code not in REFUSALS or b"tenant: error: " not in said or b"Kennwort" in said:
                self.crashed.append((name, code, said[-200:]))

    def try_all(self, cases):
        """Every case of (name, content) by the two workers."""
        def work(place):
            while True:
                with self.lock:
                    case = next(cases, None)
                if case is None:
                    return
                code, said = self.open(place, case[1])
                self.judge(case[0], code, said)
        threads = [threading.Thread(target=work, args=(place,)) for place in self.places]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def flipped(content, step):
    for bit in range(0, len(content) * 8, step):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", bytes(changed)


def cut(content, step):
    for length in range(0, len(content), step):
        yield f"length {length}", content[:length]


def longer(content):
    for byte in range(256):
        yield f"with {byte} at the end", content + bytes([byte])


def bombs(content):
    """Headers that ask for much, each with the rest of a real keystore behind it."""
    line, rest = content.split(b"\n", 1)
    header = json.loads(line)
    text = lambda value: json.dumps(value, separators=(",", ":")).encode()
    slot = header["slots"][0]
    words = {"id": "0badcafe", "created": slot["created"], "type": "passphrase", "kdf": "argon2id13", "passes": 3,
             "memory": 268435456, "salt": "AAAAAAAAAAAAAAAAAAAAAA==", "nonce": slot["nonce"], "key": slot["key"]}
    for passes in (0, 1, 11, 100, 4294967295, 18446744073709551615, 10**30):
        yield f"passes {passes}", text({**header, "slots": [{**words, "passes": passes}]}) + b"\n" + rest
    for memory in (0, 1023, 67107840, 67108865, 1073742848, 2**32, 2**40, 2**63, 2**64 - 1024, 10**30):
        yield f"memory {memory}", text({**header, "slots": [{**words, "memory": memory}]}) + b"\n" + rest
    for count in (17, 100, 10000):
        slots = [{**slot, "id": f"{number:08x}"} for number in range(count)]
        yield f"{count} slots", text({**header, "slots": slots}) + b"\n" + rest
    for count in (5, 16):
        slots = [{**words, "id": f"{number:08x}"} for number in range(count)]
        yield f"{count} passphrases", text({**header, "slots": slots}) + b"\n" + rest
    for length in (1025, 16384, 1 << 20, 16 << 20):
        yield f"path of {length}", text({**header, "slots": [{**slot, "path": "/" + "p" * length}]}) + b"\n" + rest
    for algorithm in ("none", "argon2i13", "scrypt", "pbkdf2", ""):
        yield f"kdf {algorithm}", text({**header, "slots": [{**words, "kdf": algorithm}]}) + b"\n" + rest
    for version in (0, 2, 3, 255, 2**32 + 1, 2**64, -1, "1", 1.0, None):
        yield f"version {version}", text({**header, "version": version}) + b"\n" + rest
    for name, value in [("generation", -1), ("generation", 2**64), ("store", "00" * 17), ("store", ""),
                        ("sealingKey", ""), ("slots", []), ("slots", None), ("slots", [[]]), ("format", "x")]:
        yield f"{name} {value}", text({**header, name: value}) + b"\n" + rest
    yield "nested", b"[" * (1 << 20) + rest
    yield "one line of 32 MiB", b"{" * ((32 << 20) - 60) + b"\n" + rest[-56:]
    yield "empty lines", line + b"\n" * (8 << 20) + rest
    yield "33 MiB", content + b"\n" * (33 << 20)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    folder = tenant_home.temporary_folder("tampering")
    try:
        os.makedirs(os.path.join(folder, "made"))
        opener = Opener(folder)
        code, said = opener.open(opener.places[0], opener.bytes)
        assert code == 0, f"control: the unchanged keystore does not open: {said}"
        for name, cases in [("bits flipped", flipped(opener.bytes, options.step)),
                            ("lengths", cut(opener.bytes, options.step)), ("longer", longer(opener.bytes))]:
            before = opener.told
            opener.try_all(cases)
            print(f"tampering: {name}: {opener.told - before} tried", flush=True)
        tried, most, large = 0, 0.0, []
        for name, content in bombs(opener.bytes):
            code, said = opener.open(opener.places[0], content)
            peak = opener.measure(opener.places[0])
            opener.judge(name, code, said)
            tried, most = tried + 1, max(most, peak)
            if peak > MEMORY_LIMIT_MIB:
                large.append(f"{name}: {peak:.0f} MiB")
        print(f"tampering: crafted headers: {tried} tried, at most {most:.0f} MiB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for problem in opener.accepted + opener.crashed + large:
        print(f"tampering: FAILED {problem}")
    print(f"tampering: keystore of {len(opener.bytes)} bytes, {opener.told} changed ones, {len(opener.accepted)} accepted, "
          f"{len(opener.crashed)} not refused in words, {len(large)} over {MEMORY_LIMIT_MIB} MiB")
    return 1 if opener.accepted or opener.crashed or large else 0


if __name__ == "__main__":
    sys.exit(main())
