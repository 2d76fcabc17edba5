"""What tenant-bench parse does, by Python's email: a line on standard input is one pass over a folder's mails."""
import email, email.policy, os, sys, time

mails = [open(os.path.join(sys.argv[1], name), "rb").read() for name in sorted(os.listdir(sys.argv[1]))]


def read(data):
    mail = email.message_from_bytes(data, policy=email.policy.default)
    produced = [str(mail[name]) for name in ("Subject", "Date", "Message-ID")]
    produced += [address for name in ("From", "To", "Cc") if mail[name] for address in mail[name].addresses]
    for part in mail.walk():
        if not part.is_multipart():
            text = part.get_content_maintype() == "text"
            produced.append(part.get_content() if text else part.get_payload(decode=True))
    return len(produced)


for line in sys.stdin:
    began = time.perf_counter()
    for data in mails:
        read(data)
    print(time.perf_counter() - began, flush=True)
