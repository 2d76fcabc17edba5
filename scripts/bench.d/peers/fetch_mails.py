"""What tenant-bench fetch-client does, by Python: a line on standard input is one pass over a folder's mails by IMAPS.
Arguments: raw|imaplib HOST PORT CA USER PASSWORDFILE FOLDER COUNT.

raw reads the answers to pipelined commands to nowhere: what the server, TLS and one reader can do at all."""
import email, email.policy, imaplib, socket, ssl, sys, time

kind, host, port, ca, user, password, folder, count = sys.argv[1:9]
port, count = int(port), int(count)
password = open(password).read()
context = ssl.create_default_context(cafile=ca)


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def read_answer(connection, tag, buffer):
    """Reads to the tagged answer, which ends what the server sends: no other command is under way."""
    end = b""
    while True:
        length = connection.recv_into(buffer)
        if length == 0:
            sys.exit("the server closed the connection")
        # The last line may come in two pieces; none is as long as this.
        end = (end + bytes(buffer[max(0, length - 2000):length]))[-2000:]
        if end.endswith(b"\r\n"):
            last = (b"\r\n" + end).rsplit(b"\r\n", 2)[1]
            if last.startswith(tag + b" OK"):
                return
            if last.startswith(tag + b" "):
                sys.exit("the server answered: %r" % last)


def raw():
    buffer = bytearray(1 << 18)
    connection = context.wrap_socket(socket.create_connection((host, port)), server_hostname=host)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.recv(4096)
    connection.sendall(("L LOGIN %s %s\r\n" % (quoted(user), quoted(password))).encode())
    read_answer(connection, b"L", buffer)
    connection.sendall(("S EXAMINE %s\r\n" % quoted(folder)).encode())
    read_answer(connection, b"S", buffer)
    # Commands of 100 mails, all sent at once: the answer to the last one ends the pass.
    starts = range(1, count + 1, 100)
    commands = ["F%d UID FETCH %d:%d (UID BODY.PEEK[])\r\n" % (start, start, min(start + 99, count)) for start in starts]
    connection.sendall("".join(commands).encode())
    read_answer(connection, b"F%d" % starts[-1], buffer)
    connection.sendall(b"O LOGOUT\r\n")
    read_answer(connection, b"O", buffer)
    connection.close()
    return count


def read(data):
    mail = email.message_from_bytes(data, policy=email.policy.default)
    produced = [str(mail[name]) for name in ("Subject", "Date", "Message-ID")]
    produced += [address for name in ("From", "To", "Cc") if mail[name] for address in mail[name].addresses]
    for part in mail.walk():
        if not part.is_multipart():
            text = part.get_content_maintype() == "text"
            produced.append(part.get_content() if text else part.get_payload(decode=True))
    return len(produced)


def with_imaplib():
    connection = imaplib.IMAP4_SSL(host, port, ssl_context=context)
    connection.login(user, password)
    connection.select(quoted(folder), readonly=True)
    uids = connection.uid("SEARCH", None, "ALL")[1][0].split()
    fetched = 0
    for start in range(0, len(uids), 100):
        batch = b",".join(uids[start:start + 100]).decode()
        for item in connection.uid("FETCH", batch, "(UID BODY.PEEK[])")[1]:
            if isinstance(item, tuple):
                read(item[1])
                fetched += 1
    connection.logout()
    return fetched


for line in sys.stdin:
    began = time.perf_counter()
    fetched = raw() if kind == "raw" else with_imaplib()
    seconds = time.perf_counter() - began
    print(seconds if fetched == count else "failed: %d of %d mails came" % (fetched, count), flush=True)
