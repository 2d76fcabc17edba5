"""An SMTP server of the threat tests that takes every mail and keeps it, to be counted and compared."""
import re
import socket
import threading


def accept(mail):
    return b"250 2.0.0 kept"


class Recorder:
    """Listens on a free port of 127.0.0.1. `mails` are those whose final dot has come, in their order.

    A recipient whose address begins with a code and a dash (550-anna@example.test) is answered with that code.
    """

    def __init__(self):
        self.mails = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        # Called with the mail at its final dot, before the answer; what it returns is the answer, None cuts the line.
        self.answer = accept
        # Whether recipients of 4xx are still deferred.
        self.defers = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def close(self):
        self.listener.close()

    def subjects(self, pattern):
        """The mails whose subject matches, as (subject, mail)."""
        with self.lock:
            return [(mail.subject, mail) for mail in self.mails if re.search(pattern, mail.subject)]

    def converse(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(b"220 recorder.example.test ESMTP\r\n")
                Session(self, connection, lines).run()
        except OSError:
            # The program was killed: that is what these tests do.
            pass


class Session:
    def __init__(self, recorder, connection, lines):
        self.recorder, self.connection, self.lines = recorder, connection, lines
        self.sender, self.recipients = None, []

    def say(self, text):
        self.connection.sendall(text + b"\r\n")

    def run(self):
        while line := self.lines.readline():
            verb, _, rest = line.rstrip(b"\r\n").partition(b" ")
            verb = verb.upper()
            if verb == b"EHLO":
                self.say(b"250-recorder.example.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                         b"250-ENHANCEDSTATUSCODES\r\n250 SIZE 1000000000")
            elif verb == b"MAIL":
                self.sender, self.recipients = rest, []
                self.say(b"250 2.1.0 ok")
            elif verb == b"RCPT":
                refusal = re.search(rb"<(\d{3})-", rest)
                if refusal and (self.recorder.defers or refusal[1][:1] != b"4"):
                    self.say(refusal[1] + b" %s.1.1 as the address says" % refusal[1][:1])
                else:
                    self.recipients.append(rest)
                    self.say(b"250 2.1.5 ok")
            elif verb == b"DATA" and self.recipients:
                if not self.data():
                    return
            elif verb == b"QUIT":
                self.say(b"221 2.0.0 bye")
                return
            elif verb in (b"RSET", b"NOOP"):
                self.say(b"250 2.0.0 ok")
            else:
                self.say(b"503 5.5.1 no")

    def data(self):
        self.say(b"354 go on")
        content = bytearray()
        while True:
            line = self.lines.readline()
            if not line.endswith(b"\n"):
                return False
            if line == b".\r\n":
                break
            content += line[1:] if line.startswith(b".") else line
        mail = Mail(self.sender, tuple(self.recipients), bytes(content))
        with self.recorder.lock:
            self.recorder.mails.append(mail)
        answer = self.recorder.answer(mail)
        if answer is None:
            return False
        self.say(answer)
        return True


class Mail:
    def __init__(self, sender, recipients, content):
        self.sender, self.recipients, self.content = sender, recipients, content
        self.subject = self.header("Subject")
        self.message_id = self.header("Message-ID")

    def header(self, name):
        head = re.split(rb"\r\n\r\n", self.content, maxsplit=1)[0]
        found = re.search(rb"(?mi)^" + name.encode() + rb":[ \t]*(.*(?:\r\n[ \t].*)*)", head)
        return found[1].replace(b"\r\n", b"").decode("utf-8", "replace").strip() if found else ""
