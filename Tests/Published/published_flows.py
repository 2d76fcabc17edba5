"""Runs published flows of the test corpus from their files and compares every mail that leaves with what was judged right.

A case (cases.py) says what a flow gets: a message, parameters, files that play its other partners. The mails arrive at an SMTP
server of this program. What must arrive is kept as digests in expected.json: they were made once, after a person had
read the mails (`--show`), and change only by `--accept`.
"""
import argparse
import email
import email.policy
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from cases import CASES
from smtp_recorder import Recorder

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = os.path.join(HERE, "expected.json")
PASSWORD = "canary-published-flows"


def run(command, **options):
    return subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, check=False, **options)


def make_certificate(folder, names):
    """A private authority and a server certificate for all names."""
    def openssl(*arguments):
        result = run(["openssl", *arguments], cwd=folder)
        if result.returncode:
            sys.exit(f"published flows: openssl: {result.stderr.decode()}")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
            "ca.pem", "-days", "2", "-subj", "/CN=Test Authority", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out",
            "server.csr", "-subj", "/CN=mail")
    with open(os.path.join(folder, "names"), "w", encoding="ascii") as file:
        file.write("subjectAltName=" + ",".join(f"DNS:{name}" for name in sorted(names)))
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile", "names",
            "-out", "server.pem")


def mail_channels(path):
    """Address, protection and credential of every mail receiver channel, parameters not yet filled in."""
    for flow in ElementTree.parse(path).iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}messageFlow"):
        values = {}
        for item in flow.iter():
            if item.tag.endswith("}property"):
                values[item.find("key").text] = (item.findtext("value") or "")
        if values.get("ComponentType") == "Mail" and values.get("direction") == "Receiver":
            yield values


def canonical(mail, replace):
    """What a mail says, without what differs between runs: ids, dates, boundaries."""
    message = email.message_from_bytes(mail["data"], policy=email.policy.default)
    lines = [f"envelope from {mail['from']}", f"envelope to {' '.join(sorted(mail['to']))}", f"user {mail['user']}"]
    for name in ("From", "To", "Cc", "Bcc", "Reply-To", "Subject"):
        for value in message.get_all(name, []):
            lines.append(f"{name}: {value}")
    for part in message.walk():
        if part.is_multipart():
            lines.append(f"part {part.get_content_type()}")
            continue
        content = part.get_payload(decode=True) or b""
        lines.append(f"part {part.get_content_type()} {part.get_content_charset() or ''} {part.get_filename() or ''}")
        lines.append(content.decode("utf-8", "replace").replace("\r\n", "\n"))
    text = "\n".join(lines)
    for pattern, word in replace:
        text = re.sub(pattern, word, text)
    return text


class Tenant:
    def __init__(self, binary, folder):
        self.binary, self.home = binary, os.path.join(folder, "home")
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, "config"),
                            "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def __call__(self, *arguments, text=None):
        return subprocess.run([self.binary, "--home", self.home, *arguments], input=(text or "").encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, timeout=300, check=False)

    def must(self, *arguments, text=None):
        result = self(*arguments, text=text)
        if result.returncode:
            sys.exit(f"published flows: tenant {' '.join(arguments)}: {result.stderr.decode()}")
        return result

    def deploy_credential(self, name):
        file = os.path.join(self.home, "artifacts", f"{hashlib.sha256(name.encode()).hexdigest()[:12]}.xml")
        made = self.must("new-artifact", "UserCredentials", name, "--user", "tester@example.com")
        with open(file, "wb") as stream:
            stream.write(made.stdout)
        self.must("deploy-artifact", file, "--password-stdin", text=PASSWORD + "\n")


def write_files(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as stream:
            stream.write(content)


def run_case(case, corpus, tenant, recorder, folder):
    """The mails that left, in canonical form, and what went wrong (None when nothing did)."""
    source = os.path.join(corpus, "iflw", case["flow"])
    place = os.path.join(folder, "flows", case["flow"].replace("/", "__"))
    shutil.copytree(source, place, dirs_exist_ok=True, copy_function=shutil.copyfile)
    flow = glob.glob(os.path.join(place, "*.iflw"))[0]
    def with_port(text):
        return text.replace("@PORT@", str(recorder.starttls_port))
    if case.get("overlay"):
        with open(flow[:-len(".iflw")] + ".tenant.prop", "w", encoding="utf-8") as stream:
            stream.write(with_port(case["overlay"]))
    write_files(place, case.get("files", {}))
    addresses = set()
    for channel in mail_channels(flow):
        server = channel.get("server", "")
        if server and "{{" not in server:
            addresses.add(server if ":" in server else server + ":25")
    arguments = ["run-iflow", flow, "--trust-file", os.path.join(folder, "ca.pem")]
    for address in sorted(addresses):
        port = recorder.tls_port if address.endswith(":465") else recorder.starttls_port
        arguments += ["--connect-to", f"{address}=127.0.0.1:{port}"]
    for name, value in case.get("parameters", {}).items():
        arguments += ["--parameter", f"{name}={with_port(value)}"]
    for channel, file in case.get("answers", {}).items():
        arguments += ["--answer", f"{channel}={os.path.join(place, file)}"]
    arguments += case.get("arguments", [])
    recorder.drain()
    bodies = case.get("bodies", [case.get("body")])
    for body, wanted in zip(bodies, case.get("exit_codes", [0] * len(bodies))):
        if body is not None:
            write_files(place, {"body": body})
        message = [] if body is None else ["--body", os.path.join(place, "body")]
        result = tenant(*arguments, *message)
        if result.returncode != wanted:
            return [], f"exit code {result.returncode}, not {wanted}: {result.stderr.decode().strip()}"
    replace = [(r"\b[0-9a-f]{32}\b", "<id>")] + case.get("replace", [])
    return [canonical(mail, replace) for mail in recorder.drain()], None


def digests(mails):
    return sorted(hashlib.sha256(mail.encode()).hexdigest() for mail in mails)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flows", nargs="*", help="only the flows whose path holds one of these words")
    parser.add_argument("--show", action="store_true", help="prints the mails")
    parser.add_argument("--accept", action="store_true", help="keeps the mails as right: after reading them")
    parser.add_argument("--json", metavar="FILE", help="writes the result there, for the coverage page")
    options = parser.parse_args()
    binary, corpus = os.path.abspath(os.environ["TENANT_BINARY"]), os.environ["TENANT_TEST_CORPUS"]
    with open(EXPECTED, encoding="utf-8") as stream:
        expected = json.load(stream)
    chosen = [case for case in CASES if not options.flows or any(word in case["flow"] for word in options.flows)]
    results, failed = {}, 0
    with tempfile.TemporaryDirectory(prefix="tenant-published-") as folder:
        make_certificate(folder, {name for case in CASES for name in case["hosts"]})
        recorder = Recorder(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"),
                            {"tester@example.com": PASSWORD})
        tenant = Tenant(binary, folder)
        tenant.must("init")
        for credential in sorted({name for case in CASES for name in case.get("credentials", [])}):
            tenant.deploy_credential(credential)
        for case in chosen:
            mails, problem = run_case(case, corpus, tenant, recorder, folder)
            name = case["flow"] + (f" ({case['title']})" if "title" in case else "")
            if problem is None and not options.accept and digests(mails) != expected.get(name):
                problem = f"{len(mails)} mails left, and they are not those that were judged right"
            if options.show:
                for mail in mails:
                    print(f"--- {name}: {case['says']}\n{mail}\n")
            if options.accept and problem is None:
                expected[name] = digests(mails)
            results[name] = {"mails": len(mails), "problem": problem, "says": case["says"]}
            failed += problem is not None
            print(f"{'FAILED' if problem else 'ok':7} {name}: {problem or f'{len(mails)} mails: ' + case['says']}")
        recorder.stop()
    if options.accept:
        with open(EXPECTED, "w", encoding="utf-8") as stream:
            json.dump(dict(sorted(expected.items())), stream, indent=1)
            stream.write("\n")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(results, stream, indent=1)
    print(f"published flows: {len(results) - failed} of {len(results)} as judged")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
