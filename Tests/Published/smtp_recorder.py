"""An SMTP server for tests that takes every mail and remembers it: STARTTLS or TLS at once, PLAIN and LOGIN and CRAM-MD5."""
import base64
import hashlib
import hmac
import socketserver
import ssl
import threading


class Session(socketserver.StreamRequestHandler):
    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.encrypted = self.server.implicit_tls
        if self.encrypted:
            self.upgrade()
        self.reply("220 recorder.test ESMTP")
        self.sender, self.recipients, self.user = None, [], None
        while True:
            line = self.rfile.readline(4096).rstrip(b"\r\n")
            if not line:
                return
            verb = line.split(b" ")[0].split(b":")[0].upper().decode(errors="replace")
            handler = getattr(self, "do_" + verb, None)
            if handler is None:
                self.reply("500 5.5.1 what?")
            elif handler(line.decode("utf-8", "replace")) == "end":
                return

    def upgrade(self):
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.encrypted = True

    def do_EHLO(self, line):
        features = ["recorder.test", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000000", "ENHANCEDSTATUSCODES"]
        if not self.encrypted:
            features.append("STARTTLS")
        features.append("AUTH PLAIN LOGIN CRAM-MD5" if self.encrypted else "AUTH CRAM-MD5")
        for feature in features[:-1]:
            self.reply("250-" + feature)
        self.reply("250 " + features[-1])

    def do_STARTTLS(self, line):
        self.reply("220 2.0.0 go on")
        self.upgrade()

    def answer(self):
        return base64.b64decode(self.rfile.readline(4096).strip())

    def do_AUTH(self, line):
        words = line.split(" ")
        mechanism = words[1].upper()
        if mechanism == "PLAIN":
            if len(words) > 2:
                data = base64.b64decode(words[2])
            else:
                self.reply("334 ")
                data = self.answer()
            _, user, password = data.split(b"\0")
            ok = self.server.passwords.get(user.decode()) == password.decode()
        elif mechanism == "LOGIN":
            self.reply("334 VXNlcm5hbWU6")
            user = self.answer()
            self.reply("334 UGFzc3dvcmQ6")
            ok = self.server.passwords.get(user.decode()) == self.answer().decode()
        else:
            challenge = b"<1.2@recorder.test>"
            self.reply("334 " + base64.b64encode(challenge).decode())
            user, digest = self.answer().rsplit(b" ", 1)
            password = self.server.passwords.get(user.decode(), "").encode()
            ok = hmac.new(password, challenge, hashlib.md5).hexdigest().encode() == digest
        self.user = user.decode() if ok else None
        self.reply("235 2.7.0 welcome" if ok else "535 5.7.8 wrong user or password")

    @staticmethod
    def address(line):
        return line[line.index("<") + 1:line.index(">")]

    def do_MAIL(self, line):
        self.sender, self.recipients = self.address(line), []
        self.reply("250 2.1.0 ok")

    def do_RCPT(self, line):
        self.recipients.append(self.address(line))
        self.reply("250 2.1.5 ok")

    def do_DATA(self, line):
        self.reply("354 go on")
        data = []
        while True:
            piece = self.rfile.readline(1 << 20)
            if piece == b".\r\n":
                break
            if not piece:
                return "end"
            data.append(piece[1:] if piece.startswith(b".") else piece)
        self.server.take({"from": self.sender, "to": self.recipients, "user": self.user, "data": b"".join(data)})
        self.reply("250 2.0.0 taken")

    def do_RSET(self, line):
        self.reply("250 2.0.0 ok")

    def do_NOOP(self, line):
        self.reply("250 2.0.0 ok")

    def do_QUIT(self, line):
        self.reply("221 2.0.0 bye")
        return "end"


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Recorder:
    """Listens on two ports of the loopback: `starttls_port` and `tls_port`. `mails` has what came, in order."""

    def __init__(self, certificate, key, passwords):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.lock, self.mails, self.servers = threading.Lock(), [], []
        for implicit in (False, True):
            server = Server(("127.0.0.1", 0), Session)
            server.tls, server.implicit_tls, server.passwords, server.take = context, implicit, passwords, self.take
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.servers.append(server)
        self.starttls_port, self.tls_port = (server.server_address[1] for server in self.servers)

    def take(self, mail):
        with self.lock:
            self.mails.append(mail)

    def drain(self):
        with self.lock:
            mails, self.mails = self.mails, []
        return mails

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()
