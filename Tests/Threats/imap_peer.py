"""An IMAP server of the threat tests: it behaves well where a case does not say otherwise, and keeps what it was sent.

One mail, UID 1, in every folder. What a case changes is a function on `Peer`: see `Conversation`.
"""
import base64
import hashlib
import hmac
import os
import re
import socket
import ssl
import subprocess
import threading

MAIL = (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: hostile\r\nMessage-ID: <hostile@example.org>\r\n\r\n"
        b"A mail.\r\n")


class Peer:
    """Listens on a free port of 127.0.0.1 and holds a `Conversation` with whoever comes.

    - `changes`: methods put in the place of a conversation's own, by name.
    - `context`: the TLS context; `implicit`: TLS from the first byte.
    """

    def __init__(self, context=None, implicit=False, password=b"", capabilities=b"IMAP4rev1 AUTH=PLAIN SASL-IR",
                 **changes):
        self.context, self.implicit, self.password = context, implicit, password
        self.capabilities, self.changes = capabilities, changes
        self.conversations = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            conversation = Conversation(self, connection)
            for name, change in self.changes.items():
                setattr(conversation, name, change.__get__(conversation))
            self.conversations.append(conversation)
            threading.Thread(target=conversation.run, daemon=True).start()

    def close(self):
        self.listener.close()
        for conversation in self.conversations:
            conversation.hang_up()

    @property
    def plain(self):
        """All that came before TLS, of all connections."""
        return b"".join(conversation.plain for conversation in self.conversations)

    @property
    def secret(self):
        """All that came inside TLS."""
        return b"".join(conversation.secret for conversation in self.conversations)

    @property
    def commands(self):
        """The verbs in their order: STARTTLS, UID FETCH."""
        found = []
        for line in (self.plain + self.secret).split(b"\r\n"):
            match = re.match(rb"\S+ ((?:UID )?[A-Za-z]+)(?: |$)", line)
            if match:
                found.append(match[1].upper().decode())
        return found


class Conversation:
    def __init__(self, peer, connection):
        self.peer, self.connection = peer, connection
        self.plain, self.secret = b"", b""
        self.is_secure, self.buffer, self.tag = False, b"", b""

    # The wire.

    def run(self):
        try:
            if self.peer.implicit:
                self.begin_tls()
            self.greet()
            while True:
                line = self.line()
                if line is None:
                    return
                self.tag, _, command = line.partition(b" ")
                verb, _, rest = command.partition(b" ")
                verb = verb.upper()
                if verb == b"UID":
                    verb, _, rest = rest.partition(b" ")
                    verb = b"UID_" + verb.upper()
                method = getattr(self, "on_" + verb.decode("ascii", "replace").lower(), None)
                if method is None:
                    self.say(self.tag + b" BAD unknown")
                else:
                    method(rest)
        except (OSError, ssl.SSLError, ValueError):
            pass  # the client has gone, as it should in most cases
        finally:
            self.hang_up()

    def hang_up(self):
        try:
            self.connection.close()
        except OSError:
            pass

    def begin_tls(self):
        self.connection = self.peer.context.wrap_socket(self.connection, server_side=True)
        self.is_secure = True

    def line(self):
        while b"\r\n" not in self.buffer:
            data = self.connection.recv(65536)
            if not data:
                return None
            self.buffer += data
            if self.is_secure:
                self.secret += data
            else:
                self.plain += data
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def send(self, data):
        self.connection.sendall(data)

    def say(self, *lines):
        self.send(b"".join(line + b"\r\n" for line in lines))

    def flood(self, data, begin=b""):
        """Sends without end, until the client has gone."""
        self.send(begin)
        while True:
            self.send(data)

    def ok(self, text=b"done"):
        self.say(self.tag + b" OK " + text)

    # A server that behaves.

    def offered(self):
        extra = b" STARTTLS LOGINDISABLED" if not self.is_secure and self.peer.context else b""
        return self.peer.capabilities + extra

    def greet(self):
        self.say(b"* OK ready")

    def on_capability(self, _):
        self.say(b"* CAPABILITY " + self.offered())
        self.ok()

    def on_starttls(self, _):
        self.ok(b"go on")
        self.begin_tls()

    def on_authenticate(self, rest):
        mechanism, _, initial = rest.partition(b" ")
        if mechanism.upper() == b"PLAIN":
            if not initial:
                self.say(b"+ ")
                initial = self.line()
            self.ok(b"welcome")
        elif mechanism.upper().startswith(b"SCRAM-"):
            self.scram(mechanism.upper(), initial)
        else:
            self.say(self.tag + b" NO not here")

    # SCRAM (RFC 5802), with every message changeable.

    def scram(self, mechanism, initial):
        algorithm = "sha256" if b"256" in mechanism else "sha1"
        if not initial:
            self.say(b"+ ")
            initial = self.line()
        bare = base64.b64decode(initial).split(b",", 2)[2]
        client_nonce = bare.partition(b",r=")[2]
        first = self.scram_first(client_nonce)
        self.say(b"+ " + base64.b64encode(first))
        line = self.line()
        if line == b"*":
            self.say(self.tag + b" BAD cancelled")
            return
        final = base64.b64decode(line)
        without_proof = final[:final.rindex(b",p=")]
        salted = hashlib.pbkdf2_hmac(algorithm, self.peer.password, b"saltsaltsalt", 4096)
        key = hmac.new(salted, b"Server Key", algorithm).digest()
        signature = hmac.new(key, b",".join((bare, first, without_proof)), algorithm).digest()
        answer = self.scram_final(base64.b64encode(signature))
        if answer is not None:
            self.say(b"+ " + base64.b64encode(answer))
            self.line()
        self.ok(b"welcome")

    def scram_first(self, client_nonce):
        return b"r=" + client_nonce + b"server,s=" + base64.b64encode(b"saltsaltsalt") + b",i=4096"

    def scram_final(self, signature):
        return b"v=" + signature

    def on_login(self, _):
        self.ok(b"welcome")

    def on_id(self, _):
        self.say(b"* ID NIL")
        self.ok()

    def on_enable(self, _):
        self.say(b"* ENABLED")
        self.ok()

    def on_namespace(self, _):
        self.say(b'* NAMESPACE (("" "/")) NIL NIL')
        self.ok()

    def on_list(self, _):
        self.say(b'* LIST () "/" INBOX')
        self.ok()

    def on_select(self, _):
        self.say(b"* FLAGS (\\Seen \\Deleted)", b"* 1 EXISTS", b"* 0 RECENT", b"* OK [UIDVALIDITY 7] ok",
                 b"* OK [UIDNEXT 2] ok", b"* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok")
        self.ok(b"[READ-WRITE] selected")

    on_examine = on_select

    def on_uid_search(self, _):
        self.say(b"* SEARCH 1")
        self.ok()

    def on_uid_fetch(self, rest):
        self.say(b"* 1 FETCH (" + self.attributes(rest, MAIL) + b")")
        self.ok()

    @staticmethod
    def attributes(asked, mail):
        """What FETCH asks for, as far as a poll does."""
        asked = asked.upper()
        found = [b"UID 1"]
        for name, value in ((b"FLAGS", b"()"), (b"RFC822.SIZE", b"%d" % len(mail)),
                            (b"INTERNALDATE", b'"20-Nov-2026 10:00:00 +0000"')):
            if name in asked:
                found.append(name + b" " + value)
        if b"BODY" in asked and b"[" in asked:
            found.append(b"BODY[] {%d}\r\n" % len(mail) + mail)
        return b" ".join(found)

    def on_uid_store(self, _):
        self.say(b"* 1 FETCH (UID 1 FLAGS (\\Seen))")
        self.ok()

    def on_noop(self, _):
        self.ok()

    on_check = on_close = on_unselect = on_uid_expunge = on_uid_copy = on_uid_move = on_expunge = on_noop

    def on_logout(self, _):
        self.say(b"* BYE bye")
        self.ok()
        self.hang_up()


class Authority:
    """Makes certificates for the cases; all keys are made here and gone with the folder."""

    def __init__(self, folder):
        self.folder = folder
        self.make("ca", "/CN=hostile test authority", extensions="basicConstraints=critical,CA:TRUE")
        self.make("stranger", "/CN=another authority", extensions="basicConstraints=critical,CA:TRUE")

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        result = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, cwd=self.folder)
        if result.returncode != 0:
            raise OSError(f"openssl {' '.join(arguments)}: {result.stderr.decode()}")

    def make(self, name, subject="/CN=localhost", signer=None, extensions="subjectAltName=DNS:localhost", key="ec",
             days=("-days", "30"), digest="-sha256"):
        """`name`.pem and `name`.key; self-signed without a signer."""
        new = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa1024": ["-newkey", "rsa:1024"],
               "rsa2048": ["-newkey", "rsa:2048"]}[key]
        lines = [f"{part.replace('=', ' = ', 1)}" for part in extensions.split("\n") if part]
        with open(self.path(name + ".cnf"), "w") as file:
            file.write("[req]\ndistinguished_name = dn\n[dn]\n[ext]\n" + "\n".join(lines) + "\n")
        self.openssl("req", "-new", *new, "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", subject,
                     "-config", name + ".cnf", digest)
        sign = ["-CA", signer + ".pem", "-CAkey", signer + ".key"] if signer else ["-key", name + ".key"]
        self.openssl("x509", "-req", "-in", name + ".csr", "-out", name + ".pem", *sign, *days, digest,
                     "-extfile", name + ".cnf", "-extensions", "ext")
        return name

    def context(self, name, chain=(), **settings):
        with open(self.path(name + ".chain"), "wb") as chain_file:
            for part in (name, *chain):
                with open(self.path(part + ".pem"), "rb") as file:
                    chain_file.write(file.read())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(self.path(name + ".chain"), self.path(name + ".key"))
        for key, value in settings.items():
            setattr(context, key, value)
        return context
