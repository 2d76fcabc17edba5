"""What tenant-bench send-client does, by Python: `smtplib`, or `raw`, a hand-pipelined client on sockets that knows the
answers beforehand: the envelope with DATA in one write, the mail in one write, and nothing but the codes looked at.

An order is CONNECTIONS COUNT SIZE on a line of standard input, the answer its seconds. A thread for each connection.
Arguments: smtplib|raw HOST PORT starttls|tls CA TO [USER PASSWORDFILE]
"""
import base64, smtplib, socket, ssl, sys, threading, time

KIND, HOST, PORT, SECURITY, CA, TO = sys.argv[1:7]
USER = sys.argv[7] if len(sys.argv) > 7 else None
PASSWORD = open(sys.argv[8]).read() if USER else None
CONTEXT = ssl.create_default_context(cafile=CA)
LINE = b"The quick brown fox jumps over the lazy dog, again and again.  \r\n"
FAILED = []


def by_smtplib(count, mail):
    if SECURITY == "tls":
        client = smtplib.SMTP_SSL(HOST, int(PORT), local_hostname="bench.example.com", context=CONTEXT)
    else:
        client = smtplib.SMTP(HOST, int(PORT), local_hostname="bench.example.com")
        client.starttls(context=CONTEXT)
    if USER:
        client.ehlo_or_helo_if_needed()
        client.user, client.password = USER, PASSWORD
        client.auth("PLAIN", client.auth_plain)
    for _ in range(count):
        client.sendmail("orders@example.com", [TO], mail)
    client.quit()


class Raw:
    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def replies(self, *codes):
        for code in codes:
            while True:
                while b"\n" not in self.buffer:
                    data = self.connection.recv(65536)
                    if not data:
                        raise EOFError("the connection ended")
                    self.buffer += data
                line, self.buffer = self.buffer.split(b"\n", 1)
                if line[3:4] != b"-":
                    break
            if line[:3] != code:
                raise ValueError(line.decode(errors="replace"))

    def say(self, text, *codes):
        self.connection.sendall(text)
        self.replies(*codes)


def by_hand(count, mail):
    connection = socket.create_connection((HOST, int(PORT)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if SECURITY != "tls":
        plain = Raw(connection)
        plain.replies(b"220")
        plain.say(b"EHLO bench.example.com\r\n", b"250")
        plain.say(b"STARTTLS\r\n", b"220")
    raw = Raw(CONTEXT.wrap_socket(connection, server_hostname=HOST))
    if SECURITY == "tls":
        raw.replies(b"220")
    raw.say(b"EHLO bench.example.com\r\n", b"250")
    if USER:
        raw.say(b"AUTH PLAIN " + base64.b64encode(b"\0%s\0%s" % (USER.encode(), PASSWORD.encode())) + b"\r\n", b"235")
    envelope = b"MAIL FROM:<orders@example.com>\r\nRCPT TO:<%s>\r\nDATA\r\n" % TO.encode()
    body = mail + b".\r\n"
    for _ in range(count):
        raw.say(envelope, b"250", b"250", b"354")
        raw.say(body, b"250")
    raw.say(b"QUIT\r\n", b"221")


def send(count, mail):
    try:
        {"smtplib": by_smtplib, "raw": by_hand}[KIND](count, mail)
    except Exception as error:
        FAILED.append("%s: %s" % (type(error).__name__, error))


for order in sys.stdin:
    connections, count, size = map(int, order.split())
    mail = (b"Date: Fri, 20 Nov 2026 12:00:00 +0000\r\nFrom: orders@example.com\r\nTo: anna@example.org\r\n"
            b"Message-ID: <bench@example.com>\r\nSubject: A benchmark\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n")
    mail += LINE * -(-size // len(LINE))
    threads = [threading.Thread(target=send, args=(count // connections + (i < count % connections), mail))
               for i in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("failed: " + FAILED[0] if FAILED else time.perf_counter() - began, flush=True)
