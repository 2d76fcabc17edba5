"""usage: python3 Tests/Threats/hostile_imap.py [--only NAME] [--verbose]

The built program polls a mailbox of servers that are hostile or broken. In every case it must end by itself with an exit
code of the list and a text, within its deadline and 256 MiB, without a crash; the password, and what is made of it, never
leaves unencrypted or to a server that is not verified; nothing that such a server gave becomes a mail.
Prints each failure and the number of cases. Needs openssl. Exit codes: 0 all held, 1 not.
"""
import argparse
import base64
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import imap_peer
import mail_flow
import smtp_recorder
import tenant_home

PASSWORD = b"Canary-of-the-hostile-servers"
USER = "orders@example.com"
SCRAM = b"IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN"
MEMORY = 256 << 20
# The clock of a program that waits for a deadline runs this much faster.
HURRY = ["faketime", "-f", "+0 x60"]


class Case:
    def __init__(self, name, codes, protection="starttls_mandatory", login="loginPlain", certificate="good", words="",
                 hurries=False, no_login=True, mail_is_fine=False, settings=None, context=None, runs_to=60, **changes):
        """
        `codes`: exit codes that are right. `words`: an expression that standard error must match.
        `no_login`: nothing of a login may be sent, in TLS neither. `mail_is_fine`: the mail may be sent on.
        `settings`: of the TLS context. `changes`: of the peer.
        """
        self.name, self.codes, self.protection, self.login = name, codes, protection, login
        self.certificate, self.words, self.hurries, self.no_login = certificate, words, hurries, no_login
        self.mail_is_fine, self.settings, self.context = mail_is_fine, settings or {}, context
        self.runs_to, self.changes = runs_to, changes


# What servers do before and at STARTTLS.

def capability_without_starttls(self, _):
    self.say(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")
    self.ok()


def scram_without_starttls(self, _):
    self.say(b"* CAPABILITY " + SCRAM)
    self.ok()


def cram_without_starttls(self, _):
    self.say(b"* CAPABILITY IMAP4rev1 AUTH=CRAM-MD5 AUTH=DIGEST-MD5 AUTH=LOGIN")
    self.ok()


def answer(text):
    """A method that answers with these lines; %t is the command's tag."""
    def method(self, *_):
        self.say(*[line.replace(b"%t", self.tag) for line in text.split(b"\n")])
    return method


def wrong_tag(self, _):
    self.say(b"ZZZZ OK go on")


def fake_ok(self, _):
    self.ok(b"go on")
    self.send(b"* OK this is no handshake\r\n" * 20)


def inject(self, _):
    self.send(self.tag + b" OK go on\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* PREAUTH you are in\r\n")
    self.begin_tls()


def continue_literal(self, _):
    self.say(b"+ send it")


def preauth(self):
    self.say(b"* PREAUTH you are logged in")


def preauth_offer(self):
    self.say(b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] you are logged in")


def referral(self):
    self.say(b"* BYE [REFERRAL imap://user@127.0.0.1:1/] go there")
    self.hang_up()


def referral_login(self, rest):
    self.say(self.tag + b" NO [REFERRAL imap://other.example.net/INBOX] go there")


def chatter(self, _):
    self.say(*[b"* %d EXISTS" % n for n in range(5)], b"* OK [ALERT] \x1b[31mcall this number\x07", b"* LIST () NIL evil",
             b"* 1 FETCH (UID 1 FLAGS (\\Seen))", b"* SEARCH 1 2 3")
    self.say(b"* CAPABILITY " + self.offered())
    self.ok()


def other_capabilities(self):
    if self.is_secure:
        return b"IMAP4rev1 AUTH=X-NONE LOGINDISABLED"
    return b"IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=LOGIN SASL-IR"


NOTHING = "never sent before TLS"
STARTTLS = [
    Case("I-STRIP-bad", {77}, on_capability=capability_without_starttls, on_starttls=answer(b"%t BAD unknown")),
    Case("I-STRIP, STARTTLS optional", {77}, "starttls_optional", on_capability=capability_without_starttls),
    Case("I-STRIP, STARTTLS optional, SCRAM", {0}, "starttls_optional", "loginEncrypted", no_login=False, mail_is_fine=True,
         on_capability=scram_without_starttls),
    Case("I-STRIP, STARTTLS optional, CRAM-MD5", {77}, "starttls_optional", "loginEncrypted",
         on_capability=cram_without_starttls),
    Case("I-NO, STARTTLS optional", {77, 75}, "starttls_optional", on_starttls=answer(b"%t NO not now")),
    Case("I-NO", {77, 75}, on_starttls=answer(b"%t NO not now")),
    Case("I-BAD", {77}, on_starttls=answer(b"%t BAD what")),
    Case("I-CONT", {77, 69, 1}, on_starttls=continue_literal),
    Case("I-NOCAP", {0, 77, 69, 1}, on_capability=answer(b"%t BAD unknown"), mail_is_fine=True, no_login=False),
    Case("I-PREAUTH", {77, 69, 1}, greet=preauth),
    Case("I-PREAUTH-offer", {77, 69, 1}, greet=preauth_offer),
    Case("I-FAKEOK", {77, 69, 1}, on_starttls=fake_ok),
    Case("I-INJECT", {77, 69, 1}, on_starttls=inject),
    Case("I-WRONGTAG", {77, 69, 1, 75}, on_starttls=wrong_tag),
    Case("I-REFERRAL", {77, 69, 1, 75}, greet=referral),
    Case("I-REFERRAL-login", {77, 69, 1}, on_authenticate=referral_login, on_login=referral_login, no_login=False),
    Case("I-BYE", {69, 75, 1}, greet=answer(b"* BYE too busy")),
    Case("I-GARBAGE", {69, 75, 1}, greet=answer(b"220 mail.example.test ESMTP")),
    Case("chatter before TLS", {0}, on_capability=chatter, no_login=False, mail_is_fine=True),
    Case("capabilities differ in TLS", {77}, offered=other_capabilities),
    Case("login refused", {77}, on_authenticate=answer(b"%t NO [AUTHENTICATIONFAILED] no"),
         on_login=answer(b"%t NO no"), no_login=False),
    Case("login unavailable", {75}, on_authenticate=answer(b"%t NO [UNAVAILABLE] later"),
         on_login=answer(b"%t NO [UNAVAILABLE] later"), no_login=False),
]


def certificates(authority):
    """The bad chains: made here, each with what it is called."""
    make = authority.make
    make("good", signer="ca")
    make("expired", signer="ca", days=("-days", "-1"))
    make("wronghost", signer="ca", extensions="subjectAltName=DNS:other.example.net")
    make("selfsigned")
    make("untrusted", signer="stranger")
    make("clienteku", signer="ca", extensions="subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth")
    make("wild", signer="ca", extensions="subjectAltName=DNS:*")
    make("cnonly", signer="ca", extensions="basicConstraints=CA:FALSE")
    make("rsa1024", signer="ca", key="rsa1024")
    make("sha1", signer="ca", digest="-sha1")
    make("noca", "/CN=no authority", signer="ca", extensions="basicConstraints=CA:FALSE")
    make("vianoca", signer="noca")
    make("constrained", "/CN=constrained", signer="ca",
         extensions="basicConstraints=critical,CA:TRUE\nnameConstraints=permitted;DNS:example.org")
    make("viaconstrained", signer="constrained")
    authority.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                      "notyet.key", "-out", "notyet.csr", "-subj", "/CN=localhost")
    with open(authority.path("index"), "w"), open(authority.path("ca.cnf"), "w") as file:
        file.write("[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nunique_subject=no\n[p]\ncommonName=supplied\n"
                   "[e]\nsubjectAltName=DNS:localhost\n")
    authority.openssl("ca", "-batch", "-notext", "-rand_serial", "-md", "sha256", "-policy", "p", "-extensions", "e",
                      "-config", "ca.cnf", "-startdate", "21000101000000Z", "-enddate", "21100101000000Z", "-outdir", ".",
                      "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "notyet.csr", "-out", "notyet.pem")


BAD_CERTIFICATES = ["expired", "notyet", "wronghost", "selfsigned", "untrusted", "clienteku", "wild", "cnonly", "rsa1024",
                    "sha1", ("vianoca", "noca"), ("viaconstrained", "constrained")]


def certificate_cases():
    for protection in ("imaps", "starttls_mandatory"):
        for entry in BAD_CERTIFICATES:
            name = entry if isinstance(entry, str) else entry[0]
            if protection == "imaps" or name in ("expired", "wronghost", "selfsigned", "untrusted"):
                yield Case(f"CERT-{name} ({protection})", {77}, protection, certificate=entry, words="certificate|trust")
    yield Case("I-TLS10", {77, 69, 1}, "imaps", context=lambda c: versions(c, ssl.TLSVersion.TLSv1))
    yield Case("I-TLS11", {77, 69, 1}, "imaps", context=lambda c: versions(c, ssl.TLSVersion.TLSv1_1))
    yield Case("I-ANULL", {77, 69, 1}, "imaps", context=anonymous)


def versions(context, version):
    warnings.simplefilter("ignore", DeprecationWarning)
    context.minimum_version = version
    context.maximum_version = version


def anonymous(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:eNULL:@SECLEVEL=0")


# What servers send after the login.

def literal(size):
    def method(self, rest):
        self.flood(b"x" * 65536, b"* 1 FETCH (UID 1 RFC822.SIZE 100 BODY[] {%s}\r\n" % size)
    return method


def flood(data, begin=b""):
    def method(self, *_):
        self.flood(data, begin)
    return method


def many_exist(self, _):
    self.say(b"* 4294967295 EXISTS", b"* OK [UIDVALIDITY 7] ok", b"* OK [UIDNEXT 4294967295] ok")
    self.ok(b"[READ-WRITE] selected")


def many_found(self, _):
    self.send(b"* SEARCH")
    # In pieces: what this process has in memory counts for the programs that it starts.
    for start in range(1, 3_000_000, 10_000):
        self.send(b"".join(b" %d" % number for number in range(start, start + 10_000)))
    self.say(b"")
    self.ok()


def truncated(self, rest):
    if b"[" not in rest:
        self.say(b"* 1 FETCH (" + self.attributes(rest, imap_peer.MAIL) + b")")
        self.ok()
        return
    self.send(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % len(imap_peer.MAIL) + imap_peer.MAIL[:60])
    # The file descriptor alone is closed: no close_notify.
    os.close(self.connection.detach())


def lying_size(self, rest):
    mail = imap_peer.MAIL + b"x" * 100_000 + b"\r\n"
    self.say(b"* 1 FETCH (" + re.sub(rb"RFC822.SIZE \d+", b"RFC822.SIZE 10", self.attributes(rest, mail)) + b")")
    self.ok()


def drip_greeting(self):
    while True:
        self.send(b"*")
        time.sleep(1)


def drip(self, _):
    self.send(b"* OK ")
    while True:
        self.send(b"a")
        time.sleep(0.05)


def silent(self, *_):
    self.line()


def other_mail(self, rest):
    """A mail that was not asked for, beside the one that was."""
    self.say(b"* 2 FETCH (UID 99 BODY[] {%d}\r\n" % len(imap_peer.MAIL) + imap_peer.MAIL + b")")
    self.say(b"* 1 FETCH (" + self.attributes(rest, imap_peer.MAIL) + b")")
    self.ok()


BROKEN = {69, 75, 1}
RESOURCES = [
    Case("I-LIT-4G", BROKEN | {0}, "imaps", no_login=False, on_uid_fetch=literal(b"4294967295")),
    Case("I-LIT-u64", BROKEN, "imaps", no_login=False, on_uid_fetch=literal(b"18446744073709551617")),
    Case("I-LIT-neg", BROKEN, "imaps", no_login=False, on_uid_fetch=literal(b"-1")),
    Case("literal in SELECT", BROKEN, "imaps", no_login=False,
         on_select=flood(b"x" * 65536, b"* OK {4294967295}\r\n"), on_examine=flood(b"x" * 65536, b"* OK {4294967295}\r\n")),
    Case("I-LINE", BROKEN, "imaps", no_login=False, on_select=flood(b"a" * 65536, b"* OK "),
         on_examine=flood(b"a" * 65536, b"* OK ")),
    Case("I-LINE-greeting", BROKEN, "imaps", greet=flood(b"a" * 65536, b"* OK ")),
    Case("I-FLOOD", BROKEN, "imaps", no_login=False, on_select=flood(b"* 5 EXISTS\r\n* OK still alive\r\n" * 500)),
    Case("I-FLOOD-capability", BROKEN, on_capability=flood(b"* CAPABILITY IMAP4rev1 X-A\r\n" * 500)),
    Case("I-NEST", BROKEN, "imaps", no_login=False,
         on_uid_fetch=flood(b"(" * 65536, b"* 1 FETCH (UID 1 BODYSTRUCTURE ")),
    Case("I-EXISTS", {0, 69, 75, 1}, "imaps", no_login=False, mail_is_fine=True, on_select=many_exist),
    Case("search of three million", BROKEN, "imaps", no_login=False, on_uid_search=many_found),
    Case("I-TRUNC", BROKEN, "imaps", no_login=False, on_uid_fetch=truncated),
    Case("size is a lie", {0, 1, 69, 75}, "imaps", no_login=False, mail_is_fine=True, on_uid_fetch=lying_size),
    Case("mail not asked for", {0, 1, 69, 75}, "imaps", no_login=False, mail_is_fine=True, on_uid_fetch=other_mail),
    Case("I-DRIP greeting", BROKEN, "imaps", hurries=True, greet=drip_greeting),
    Case("I-DRIP", BROKEN, "imaps", no_login=False, hurries=True, on_select=drip, on_examine=drip),
    Case("silence in the greeting", BROKEN, "imaps", hurries=True, greet=silent),
    Case("silence at login", BROKEN, "imaps", hurries=True, no_login=False, on_authenticate=silent, on_login=silent),
    Case("silence at FETCH", BROKEN, "imaps", hurries=True, no_login=False, on_uid_fetch=silent),
]


# SCRAM: what a server without the password's key tries.

def first(text):
    def method(self, nonce):
        return text.replace(b"%n", nonce)
    return method


def final(text):
    return lambda self, signature: text


GOOD_SALT = base64.b64encode(b"saltsaltsalt")
def rubbish(self, *_):
    self.say(b"+ ***not base64***")
    if self.line() == b"*":
        self.say(self.tag + b" BAD cancelled")
    else:
        self.ok(b"welcome")


def scram_cases():
    before_proof = {
        "i-huge": b"r=%nserver,s=" + GOOD_SALT + b",i=4294967295", "i-10m": b"r=%nserver,s=" + GOOD_SALT + b",i=100000000",
        "i-1": b"r=%nserver,s=" + GOOD_SALT + b",i=1", "i-0": b"r=%nserver,s=" + GOOD_SALT + b",i=0",
        "i-neg": b"r=%nserver,s=" + GOOD_SALT + b",i=-5", "i-nan": b"r=%nserver,s=" + GOOD_SALT + b",i=many",
        "badsalt": b"r=%nserver,s=***,i=4096", "emptysalt": b"r=%nserver,s=,i=4096",
        "mext": b"m=ext,r=%nserver,s=" + GOOD_SALT + b",i=4096", "nonce-other": b"r=other,s=" + GOOD_SALT + b",i=4096",
        "nonce-same": b"r=%n,s=" + GOOD_SALT + b",i=4096",
    }
    for name, text in before_proof.items():
        yield Case(f"S-SCRAM-{name}", {77, 69, 1}, "imaps", "loginEncrypted", capabilities=SCRAM, scram_first=first(text),
                   no_login=False, words=".")
    after_proof = {"badsig": b"v=" + base64.b64encode(b"x" * 32), "shortsig": b"v=" + base64.b64encode(b"x" * 8),
                   "nov": b"x=1", "eerr": b"e=invalid-proof"}
    for name, text in after_proof.items():
        yield Case(f"S-SCRAM-{name}", {77, 69, 1}, "imaps", "loginEncrypted", capabilities=SCRAM, scram_final=final(text),
                   no_login=False)
    yield Case("S-SCRAM-success-at-once", {77, 69, 1}, "imaps", "loginEncrypted", capabilities=SCRAM, no_login=False,
               scram=lambda self, *_: self.ok(b"welcome"))
    yield Case("S-SCRAM-no-signature", {77, 69, 1}, "imaps", "loginEncrypted", capabilities=SCRAM, no_login=False,
               scram_final=lambda self, signature: None)
    yield Case("S-SCRAM-good", {0}, "imaps", "loginEncrypted", capabilities=SCRAM, no_login=False, mail_is_fine=True)
    yield Case("S-DOWNGRADE", {77}, "imaps", "loginEncrypted", capabilities=b"IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN")
    yield Case("challenge is rubbish", {77, 69, 1}, "imaps", "loginEncrypted", capabilities=SCRAM, no_login=False,
               scram=rubbish)


BEFORE_PROOF = re.compile(r"S-SCRAM-(i-|badsalt|emptysalt|mext|nonce)")


class Runner:
    def __init__(self, folder):
        self.home = tenant_home.Home(folder)
        self.authority = imap_peer.Authority(tempfile.mkdtemp(dir=folder))
        certificates(self.authority)
        home = self.home
        home.must("init")
        artifact = home.must("new-artifact", "UserCredentials", "Mailbox", "--user", USER)
        home.must("deploy-artifact", home.write("Mailbox.xml", artifact), "--password-file",
                  home.write("password", PASSWORD))
        home.must("import-certificate", self.authority.path("ca.pem"), "--alias", "ca", "--yes")
        home.save("hostile")
        self.recorder = smtp_recorder.Recorder()
        self.problems = []

    def flow(self, case, port):
        maker = mail_flow.MailHome.flow
        self.home.recorder, self.home.facts = self.recorder, {"host": "localhost", "imap": port}
        return maker(self.home, "INBOX", in_ssl=case.protection, in_auth=case.login)

    def secrets(self):
        """What may never be read on the wire: the password, and what PLAIN and LOGIN make of it."""
        yield PASSWORD
        yield base64.b64encode(PASSWORD)
        for prefix in (b"", b"a", b"ab"):
            encoded = base64.b64encode(prefix + b"\0" + PASSWORD)
            yield encoded[4:-4]

    def try_case(self, case):
        self.home.restore("hostile")
        name, *chain = (case.certificate,) if isinstance(case.certificate, str) else case.certificate
        context = self.authority.context(name, chain)
        if case.context:
            case.context(context)
        peer = imap_peer.Peer(context, case.protection == "imaps", PASSWORD, **case.changes)
        before = len(self.recorder.mails)
        try:
            code, memory, output, errors, seconds = self.run(case, self.flow(case, peer.port))
        finally:
            peer.close()
        assert code in case.codes, f"exit code {code}, should be of {sorted(case.codes)}: {errors[-300:]}"
        assert code == 0 or "tenant: error: " in errors, f"no error is told: {errors}"
        assert memory < MEMORY, f"{memory >> 20} MiB of memory"
        assert not case.words or re.search(case.words, errors), f"'{case.words}' is not in: {errors}"
        for secret in self.secrets():
            assert secret not in peer.plain, "the password left unencrypted"
            assert secret.decode() not in output + errors, "the password is in the output"
        assert "\x1b" not in output + errors, "the server's control characters reach the terminal"
        logins = [verb for verb in peer.commands if verb in ("AUTHENTICATE", "LOGIN")]
        assert not (case.no_login and logins), f"a login was tried: {peer.commands}"
        if BEFORE_PROOF.match(case.name):
            for line in peer.secret.split(b"\r\n"):
                try:
                    assert b"p=" not in base64.b64decode(line, validate=True), "a proof was sent"
                except ValueError:
                    pass
        if not case.mail_is_fine:
            assert len(self.recorder.mails) == before, "a mail was made of it"
        assert code == 0 or "UID STORE" not in peer.commands, f"the source was changed: {peer.commands}"
        return f"exit code {code}, {seconds:.1f} s, {memory >> 20} MiB"

    def run(self, case, flow):
        home = self.home
        # A timer of the program's own would end it too late for a test: its clock is faster.
        command = [*(HURRY if case.hurries else []), home.program, "run-iflow", flow]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            started = time.monotonic()
            process = subprocess.Popen(command, cwd=home.home, env=home.environment, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=errors, start_new_session=True)
            timer = threading.Timer(case.runs_to, lambda: os.killpg(process.pid, signal.SIGKILL))
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            is_late = not timer.is_alive()
            timer.cancel()
            output.seek(0)
            errors.seek(0)
            told = output.read().decode(errors="replace"), errors.read().decode(errors="replace")
            assert not is_late, f"no end after {case.runs_to} s"
            return process.returncode, usage.ru_maxrss * 1024, *told, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    folder = tenant_home.temporary_folder("hostile-imap")
    cases = [*STARTTLS, *certificate_cases(), *RESOURCES, *scram_cases()]
    failed = count = 0
    try:
        runner = Runner(folder)
        for case in cases:
            if options.only and not re.search(options.only, case.name):
                continue
            count += 1
            try:
                told = runner.try_case(case)
                if options.verbose:
                    print(f"hostile IMAP: {case.name}: {told}", flush=True)
            except (AssertionError, OSError) as problem:
                failed += 1
                print(f"hostile IMAP: FAILED {case.name}: {problem}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"hostile IMAP: {count} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
