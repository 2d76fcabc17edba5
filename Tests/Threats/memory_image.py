"""usage: python3 Tests/Threats/memory_image.py [--quick]

Takes an image of the whole memory (what `gcore -a` writes) of a `run-iflow` that has sent a mail and stands at its exit, and
searches it for the password, whole and in parts, raw and in base64, and for the key of the keystore. Once for each way
to log in, or with --quick for the first one alone. Controls: the same search finds a header that was given to the same run, and finds the password in the image of
a process that has it. Needs root, gdb and the mail servers (TENANT_TEST_SERVERS, else they are started).
Exit codes: 0 not found, 1 found, or a control failed.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import tenant_home

failures = []
CREDENTIAL = "Gmail Credentials"
# (name, port in servers.json, changes of the sample's mail channel)
LOGINS = [
    ("PLAIN after STARTTLS", "smtpSubmission", {}),
    ("LOGIN after STARTTLS", "smtpLoginOnly", {}),
    ("SCRAM after STARTTLS", "smtpSubmission", {"auth": "loginEncrypted"}),
    ("CRAM-MD5 after STARTTLS", "smtpCRAMOnly", {"auth": "loginEncrypted"}),
    ("PLAIN in implicit TLS", "smtpImplicitTLS", {"tls": "smtps"}),
]


def forms(secret):
    """Byte strings that would give the secret away, with their names; parts of it too, 12 bytes long."""
    found = {"whole": [secret], "parts": [secret[start:start + 12] for start in range(0, len(secret) - 11, 6)],
             "UTF-16": [secret.decode("latin-1").encode("utf-16-le")], "hex": [secret.hex().encode()], "base64": []}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret)[4 if shift else 0:(len(secret) + shift) // 3 * 4]
        found["base64"] += [text[start:start + 16] for start in range(0, len(text) - 15, 8)]
    return [(name, needle) for name, needles in found.items() for needle in needles]


def search(image, secret):
    """(form, number of places, what stands around the first) for each form that the image holds."""
    data = content(image)
    hits = []
    for name, needle in forms(secret):
        place = data.find(needle)
        if place >= 0:
            around = data[max(0, place - 24):place + len(needle) + 24].replace(needle, b"<secret>")
            hits.append((name, data.count(needle), around))
    return hits


def content(image, piece=1 << 16, zero=bytes(1 << 16)):
    """The image without its long runs of zero bytes: most of it was never touched."""
    kept = []
    with open(image, "rb") as file:
        while data := file.read(piece):
            if data != zero:
                kept.append(data)
    return b"".join(kept)


def image_at(home, call, words, ordinal=1):
    """Runs the program up to the call and writes the image of its memory; the file's path and what was said."""
    image = os.path.join(home.folder, "image")
    if os.path.exists(image):
        os.remove(image)
    stop = ["-ex", f"catch syscall {call}", "-ex", "run"] + ["-ex", "continue"] * (ordinal - 1)
    result = subprocess.run(
        # As gcore -a: with the mappings that the program asked to leave out of core files.
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-iex", "set auto-solib-add off",
         "-iex", "set startup-with-shell off", "-iex", "set use-coredump-filter off",
         "-iex", "set dump-excluded-mappings on", *stop, "-ex", f"gcore {image}", "-ex", "kill",
         "--args", home.program, *words],
        cwd=home.home, env=home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=300)
    told = result.stdout.decode(errors="replace")
    if not os.path.exists(image):
        sys.exit("memory image: gdb made none:\n" + told)
    return image, told


def image_size(image):
    return f"{os.stat(image).st_size >> 20} MiB"


def check(name, holds, detail=""):
    print(f"memory image: {name}: {'held' if holds else 'FAILED ' + str(detail)}", flush=True)
    if not holds:
        failures.append(name)


class Servers:
    def __init__(self):
        self.folder = os.environ.get("TENANT_TEST_SERVERS")
        self.own = not self.folder
        self.script = os.path.join(tenant_home.ROOT, "scripts", "mail-servers")
        if self.own:
            said = subprocess.run([self.script, "up", "--until-exit-of", str(os.getpid())], check=True,
                                  stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
            self.folder = said.decode().split("\n")[0]
        with open(os.path.join(self.folder, "servers.json")) as file:
            self.facts = json.load(file)

    def end(self):
        if self.own:
            subprocess.run([self.script, "down", self.folder], check=False)


def flow(home, changes):
    with open(os.path.join(tenant_home.ROOT, "iflows", "SendingAnEmail.iflw"), encoding="utf-8") as file:
        text = file.read()
    names = {"auth": ("auth", "loginEncrypted"), "tls": ("ssl", "smtps")}
    for key in changes:
        name, value = names[key]
        text, count = re.subn(rf"(<key>{name}</key>\s*<value>)[^<]*", rf"\g<1>{value}", text)
        assert count, f"the sample has no property {name}"
    return home.write("Flow.iflw", text.encode())


def main():
    folder = tenant_home.temporary_folder("memory")
    servers = Servers()
    try:
        home = tenant_home.Home(folder)
        password = servers.facts["ordersPasswordFile"]
        with open(password, "rb") as file:
            secret = file.read()
        home.must("init")
        artifact = home.write("credentials.xml", home.must("new-artifact", "UserCredentials", CREDENTIAL, "--user",
                                                           servers.facts["ordersUser"]))
        home.must("import-certificate", servers.facts["caFile"], "--alias", "ca", "--yes")
        deploy = ["deploy-artifact", artifact, "--password-file", password]
        image, _ = image_at(home, "flock", deploy)
        hits = search(image, secret)
        check("control: the password is found in the image of a process that has it", any(h[0] == "whole" for h in hits))
        image, told = image_at(home, "exit_group", deploy)
        check("deploy-artifact at its exit", not search(image, secret), search(image, secret))
        with open(os.path.join(home.user, ".config/tenant", home.header()["store"] + ".key"), "rb") as file:
            key_text = file.read().strip()
        header = "Canary" + os.urandom(10).hex()
        for name, port, changes in LOGINS[:1] if "--quick" in sys.argv else LOGINS:
            words = ["run-iflow", flow(home, changes), "--header", f"note={header}",
                     "--connect-to", f"smtp.gmail.com:587={servers.facts['host']}:{servers.facts[port]}"]
            image, told = image_at(home, "exit_group", words)
            check(f"{name}: the mail was sent", "accepted" in told, told[-1500:])
            hits = search(image, secret)
            check(f"{name}: the password is not in the image at the exit ({image_size(image)})", not hits, hits)
            keys = [key_text, bytes.fromhex(key_text.decode())]
            left = [form for key in keys for form in search(image, key)]
            check(f"{name}: the keystore's key is not in the image at the exit", not left, left)
            check(f"{name}: control: a header of the same run is", search(image, header.encode()))
    finally:
        servers.end()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"memory image: {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
