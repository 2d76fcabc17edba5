"""What the threat tests of a mail's life share: the private mail servers, a mailbox of one of them as its files, and the
flow that takes mails from it and sends each on to a recorder."""
import json
import os
import shutil
import subprocess
import time

import smtp_recorder
import tenant_home

FLOW = os.path.join(tenant_home.ROOT, "Tests", "Fixtures", "flows", "MailToMail.iflw")
MAIL_USER = 8


def servers(parts=""):
    """The facts of the servers in TENANT_TEST_SERVERS, or of new ones that end with this process."""
    folder = os.environ.get("TENANT_TEST_SERVERS")
    if not folder:
        command = [os.path.join(tenant_home.ROOT, "scripts", "mail-servers"), "up", "--until-exit-of", str(os.getpid())]
        result = subprocess.run(command + (["--with", parts] if parts else []), check=True, stdout=subprocess.PIPE)
        folder = result.stdout.decode().splitlines()[0]
    with open(os.path.join(folder, "servers.json"), encoding="utf-8") as file:
        return json.load(file)


class MaildirFolder:
    """A folder of a user's mailbox; `name` has its parts separated by slashes. Servers see at once what is put there."""

    def __init__(self, maildir, name):
        self.maildir, self.name = maildir, name
        self.path = os.path.join(maildir, "." + name.replace("/", "."))

    def create(self):
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.path, part), exist_ok=True)
        open(os.path.join(self.path, "maildirfolder"), "w").close()
        subprocess.run(["chown", "-R", f"{MAIL_USER}:{MAIL_USER}", self.path], check=True)
        return self

    def put(self, content, name, flags=""):
        """Puts a mail there, by rename as every deliverer does."""
        temporary = os.path.join(self.path, "tmp", name)
        with open(temporary, "wb") as file:
            file.write(content)
        os.chown(temporary, MAIL_USER, MAIL_USER)
        place = f"cur/{name}:2,{flags}" if flags else f"new/{name}"
        os.rename(temporary, os.path.join(self.path, place))

    def mails(self):
        """(content, flags) of each mail, in no order."""
        found = []
        for part in ("new", "cur"):
            folder = os.path.join(self.path, part)
            for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        found.append((file.read(), name.partition(":2,")[2]))
                except FileNotFoundError:
                    # A server has moved it from new to cur meanwhile, and it is found there.
                    pass
        return found

    def change_validity(self):
        """Makes the server forget the UIDs: it gives new ones under another UIDVALIDITY."""
        time.sleep(1.1)  # Dovecot takes the time of day for the validity.
        for name in os.listdir(self.path):
            if name.startswith("dovecot"):
                os.unlink(os.path.join(self.path, name))

    def mark_unread(self):
        folder = os.path.join(self.path, "cur")
        for name in os.listdir(folder):
            base, _, flags = name.partition(":2,")
            os.rename(os.path.join(folder, name), os.path.join(folder, base + ":2," + flags.replace("S", "")))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def message(token, size=600):
    """A mail in CRLF whose subject is `token`; its size in bytes is about `size`."""
    head = (f"From: Anna <anna@example.org>\r\nTo: orders@example.com\r\nSubject: {token}\r\n"
            f"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{token}@source.example.org>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n")
    line = f"{token}: " + "order " * 10 + "\r\n"
    return (head + line * max(1, (size - len(head)) // len(line))).encode()


def with_crlf(content):
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class MailHome(tenant_home.Home):
    """A home with the credential of the user `orders`, and a recorder that the flow sends to."""

    def __init__(self, folder, facts, program=None):
        super().__init__(folder, program)
        self.facts = facts
        self.recorder = smtp_recorder.Recorder()
        self.must("init")
        artifact = self.must("new-artifact", "UserCredentials", "Mailbox", "--user", facts["ordersUser"])
        self.must("deploy-artifact", self.write("Mailbox.xml", artifact), "--password-file", facts["ordersPasswordFile"])
        self.save("mail")

    def make_ready(self):
        """Saves the template `ready`: a home that has polled before, so that its database is there."""
        folder = MaildirFolder(self.facts["ordersMaildir"], f"first{os.getpid()}").create()
        self.restore("mail")
        result = self.poll(self.flow(folder.name))
        assert result.returncode == 0, result.stderr.decode()
        folder.remove()
        self.save("ready")

    def flow(self, folder, processing="mark", archive="", name="MailToMail", **changes):
        """Writes the flow with its values; returns its file. `changes`: parameters, or channel_KEY for keys of ours."""
        values = {"in_server": f"{self.facts['host']}:{self.facts['imap']}", "in_ssl": "off", "in_auth": "loginPlain",
                  "in_user": "Mailbox", "in_folder": folder, "in_selection": "unread", "in_messages": "20",
                  "in_processing": processing, "in_archive": archive,
                  "out_server": f"127.0.0.1:{self.recorder.port}", "out_ssl": "off", "out_auth": "none", "out_user": "",
                  "out_to": "bert@example.org"}
        own = {"MessageFlow_1.tenant.allowPlaintextPassword": "true"}
        for key, value in changes.items():
            if key in values:
                values[key] = value
            else:
                channel, _, rest = key.partition("__")
                own[{"incoming": "MessageFlow_1", "outgoing": "MessageFlow_2"}[channel] + ".tenant." + rest] = value
        lines = [f"parameter.{key}={value}" for key, value in values.items() if value]
        lines += [f"parameter.{key}=" for key, value in values.items() if not value]
        lines += [f"channel.{key}={value}" for key, value in own.items()]
        self.write(f"{name}.tenant.prop", "\n".join(lines).encode() + b"\n")
        with open(FLOW, "rb") as file:
            return self.write(f"{name}.iflw", file.read())

    @property
    def data(self):
        return os.path.join(self.home, "data")

    def poll(self, flow, before=(), timeout=120):
        return self.run("run-iflow", flow, before=before, timeout=timeout)

    def left_files(self):
        """Names below data that nobody should leave: spool files, temporary files, locks of processes that ended."""
        found = []
        for folder, _, names in os.walk(self.data):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.data)
                if path.startswith("spool/") or name.endswith(".tmp") or name.startswith("process-"):
                    found.append(path)
        return sorted(found)
