"""usage: python3 Tests/Threats/comparisons.py

Row 22 of docs/threat-model.md: no code, tag or secret is compared by `==`, `!=`, `elementsEqual` or `starts(with:)`, whose time
tells where the difference is; `ConstantTime.areEqual` and `SecretBytes.isEqual(to:)` are for that. Reads the sources of
all targets that hold keys, codes or passwords. Exit codes: 0 none found, 1 found.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SECRET = r"\b\w*(?:[mM]ac|MAC|[cC]ode|[tT]ag|[sS]ecret|[pP]assword|[pP]assphrase|[sS]ignature|[dD]igest|[hH]mac|HMAC|[mM]aster|[sS]eed)\b"
# What follows a name and makes it something else: its number of bytes, whether it is there, an element of a state.
HARMLESS = r"(?!\s*[.?]*\s*(?:count|isEmpty|length|kind|type|utf8\.count)\b)"
COMPARISON = re.compile(rf"{SECRET}(?:\.bytes)?\s*(?:==|!=)(?!\s*(?:nil\b|\d|\.))|(?:==|!=)\s*{SECRET}{HARMLESS}(?!\.)"
                        rf"|{SECRET}\.(?:elementsEqual|starts)\(")
# Lines that compare something else under such a name: file and text, and why.
ALLOWED = [
    ("MailAdapters/", r"\.code\b", "the code of a finding"),
    ("SMTP/", r"\bcode\b", "a reply's three digits"),
    ("Transport/", r"\bcode\b|\berrorCode\b", "an error number"),
    ("System/", r"\bcode\b", "an error number"),
    ("TenantCommands/", r"\bcode\b|\bexitCode\b", "an exit code"),
    ("TenantRuntime/", r"\bcode\b", "a reply's three digits"),
    ("TenantRuntime/Flow", r"\bdigest\b", "the digest of a flow, which is public"),
    ("MessageStore/", r"\bcode == SQLITE_", "a result of SQLite"),
    ("MessageStore/Ledger/", r"\bdigest\b", "the digest of a mail or of a spool file, which stands in clear beside it"),
    ("MailAdapters/Receiver/SentCopySettings", r"\ballowsPlaintextPassword\b", "a Boolean"),
    ("IMAP/Session/", r"\bcode\b", "a response code in clear"),
    ("FlowSteps/JSONToXML/", r"\bisInStartTag\b", "a place in a document"),
]
CONTROL = ["guard code == expected else", "if tag != other.tag {", "expectedMAC == computed", "a == storedPassword {",
           "guard signature.elementsEqual(theirs)", "if secret.starts(with: known) {"]
INNOCENT = ["guard tag.count == 16", "if secret == nil {", "password != nil", "code.isEmpty", "status == 0"]


def is_allowed(path, line):
    return any(path.startswith(folder) and re.search(pattern, line) for folder, pattern, _ in ALLOWED)


def without_text(line):
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', line.split("//")[0])


def main():
    missed = [line for line in CONTROL if not COMPARISON.search(line)]
    taken = [line for line in INNOCENT if COMPARISON.search(line)]
    if missed or taken:
        print(f"comparisons: the search is wrong: not found {missed}, found {taken}")
        return 1
    found, files = [], 0
    sources = os.path.join(ROOT, "Sources")
    for folder, _, names in os.walk(sources):
        for name in sorted(names):
            if not name.endswith(".swift"):
                continue
            path = os.path.relpath(os.path.join(folder, name), sources)
            files += 1
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    if COMPARISON.search(without_text(line)) and not is_allowed(path, line):
                        found.append(f"Sources/{path}:{number}: {line.strip()}")
    for text in found:
        print(f"comparisons: FAILED {text}")
    print(f"comparisons: {files} files read, {len(found)} found; the search finds {len(CONTROL)} of {len(CONTROL)} samples")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
