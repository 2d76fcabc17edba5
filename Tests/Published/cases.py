"""What published flows get, and in our own words what must come of it.

flow          OWNER__REPOSITORY/FLOW below iflw/ of the corpus
title         where a flow has several cases
says          what the mails must say, for whoever judges them
hosts         names of the mail servers, for the test server's certificate
credentials   Credential Names that the flow uses
body, files, parameters, answers, overlay, arguments    of the run; answers: CHANNEL to a file of `files`
servers       addresses that only parameters or the overlay give, to be redirected
exit_codes    of the runs, [0] when not given
replace       pairs of pattern and word for what differs between runs
"""

GMAIL = {"hosts": ["smtp.gmail.com"], "credentials": ["GMail"]}

STUDENTS = """<College><Dept><CSE>
<Student><Name>Ada</Name><ID>1</ID><Section>A</Section></Student>
<Student><Name>Grace</Name><ID>2</ID><Section>B</Section></Student>
</CSE></Dept></College>
"""

CASES = [
    {
        "flow": "NavyaMaragoni__SAP_CPI/HTTP_TO_GMAIL", **GMAIL, "body": "ignored",
        "says": "the constant of its Content Modifier",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/SOAP", "hosts": ["smtp.gmmail.com"], "credentials": ["GMail"],
        "body": "<productsi>Lamp 17</productsi>",
        "says": "the constant body with the words ${header.path} as they stand: the modifier's body is no expression",
    },
    {
        "flow": "bhatnagaramit25-pixel__sap-ci-cd/SAP_CI_CD", "hosts": ["smtp.gmail.com"], "credentials": ["Gmail"],
        "body": "Grüße aus Köln",
        "says": "the body as it came, in UTF-8",
    },
    {
        "flow": "ramyaraop__testcicd/test1", "hosts": ["outlook.office365.com"], "credentials": ["ramya"], "body": "x",
        "says": "author and title from two headers in one sentence",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/Document_Message_-_Sending_an_Email",
        "hosts": ["smtp.gmail.com"], "credentials": ["Gmail Credentials"],
        "says": "the subject and text of the channel, by its timer",
    },
    {
        "flow": "ilrexho2011__SAP-Integration-Suite/Get_Customers_using_HTTP", "hosts": ["smtp.gmail.com"],
        "credentials": ["GmailCredentials"], "body": "",
        "files": {"customers.http": "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"d\": [{\"CustomerID\": \"ALFKI\"}]}"},
        "answers": {"HTTP": "customers.http"},
        "says": "the channel's text, and below it what the HTTP partner answered",
    },
]
