"""What published flows get, and in our own words what must come of it.

flow          OWNER__REPOSITORY/FLOW below iflw/ of the corpus
title         where a flow has several cases
says          what the mails must say, for whoever judges them
hosts         names of the mail servers, for the test server's certificate
credentials   Credential Names that the flow uses
body, files, parameters, answers, overlay, arguments    of the run; answers: CHANNEL to a file of `files`
              in parameters and overlay @PORT@ is the test server's port without TLS at first
bodies        of several runs, one after the other
exit_codes    of the runs, [0] when not given
replace       pairs of pattern and word for what differs between runs
"""

GMAIL = {"hosts": ["smtp.gmail.com"], "credentials": ["GMail"]}

STUDENTS = """<College><Dept><CSE>
<Student><Name>Ada</Name><ID>1</ID><Section>A</Section></Student>
<Student><Name>Grace</Name><ID>2</ID><Section>B</Section></Student>
</CSE></Dept></College>
"""

STUDENT = "<Student><Id>{}</Id><School>{}</School></Student>"

# Flows of SAP's recipes leave the mail server and the addresses to parameters.
RECIPE = {
    "hosts": ["localhost"],
    "parameters": {"Mail server address": "localhost:@PORT@", "From email address": "flow@example.com",
                   "To email address": "reader@example.com"},
}

PRODUCTS = """HTTP/1.1 200 OK
Content-Type: application/xml

<Products><Product><ProductID>7</ProductID><ProductName>Dried Pears</ProductName></Product></Products>"""

FAILURE = "HTTP/1.1 503 Service Unavailable\n\nclosed for the night"

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
    {
        "flow": "NavyaMaragoni__SAP_CPI/Request_reply_call", **GMAIL, "body": "<Product><productid>7</productid></Product>",
        "files": {"products.http": PRODUCTS}, "answers": {"OData": "products.http"},
        "says": "what the OData partner answered",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/GMAIL", **GMAIL,
        "says": "the students' document of the Content Modifier, as text and as attachment TEST: the router finds a Section A in it",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/Gmail_with_content_modifier_and_general_splitter", **GMAIL,
        "says": "one mail for each student of Section A, in the envelope of College, Dept and CSE; none for the others",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/HTTP_TO_GMAIL_with_content_modifier_pallate", **GMAIL, "body": STUDENTS,
        "says": "one mail a student: the constant ${in.body} as it stands, the section in the subject, an attachment named by name and section",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/Paralel_multicast", **GMAIL, "body": STUDENTS,
        "replace": [(r"\b[0-9]{2}-[0-9]{2}-20[0-9]{2}\b", "<date>")],
        "says": "the body to both addresses; the date header is set on the other branch, so that no mail has it as its subject",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/exception_subprocess", **GMAIL, "body": "<a/>", "title": "the partner fails",
        "files": {"down.http": FAILURE}, "answers": {"SFTP": "down.http"}, "exit_codes": [1],
        "says": "the alert of the exception subprocess with the partner's answer as error message; the run fails",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/exception_subprocess", **GMAIL, "body": "<a/>", "title": "the partner takes it",
        "files": {"ok": ""}, "answers": {"SFTP": "ok"},
        "says": "no mail",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/looping_process_call", **GMAIL, "body": "<a/>",
        "files": {"products.http": PRODUCTS}, "answers": {"OData": "products.http"},
        "says": "what the OData partner answered last: the loop's property is never 'false', so that it ends after one turn",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/task4", **GMAIL, "body": "<q><sid>1</sid><pid>7</pid></q>", "title": "found",
        "files": {"products.http": PRODUCTS}, "answers": {"OData": "products.http"},
        "says": "the products, with the asked product's number as subject",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/task4", **GMAIL, "body": "<q><sid>1</sid><pid>7</pid></q>", "title": "not found",
        "files": {"none.http": "200\n\n<Products/>"}, "answers": {"OData": "none.http"},
        "says": "no mail",
    },
    {
        "flow": "SAP-archive__teched2020-DEV165/DEV165-Hands-On", "hosts": ["smtp.gmail.com"], "credentials": ["Mailbox"],
        "overlay": "channel.Mail.user=Mailbox\n", "body": "<eid>17</eid>",
        "files": {
            "employee.http": "200\nContent-Type: application/json\n\n"
            '{"firstName": "Ada", "lastName": "Byron", "workEmail": "ada@example.com", "country": "UK", "city": "London"}',
            "slack.http": "200\nContent-Type: application/json\n\n{}",
        },
        "answers": {"MessageFlow_35": "slack.http", "MessageFlow_25": "employee.http"},
        "says": "the HTML welcome to the address in the employee's record",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/Adding_an_endpoint_to_a_scheduled_flow", **RECIPE,
        "credentials": ["Mailbox"], "title": "by its timer", "overlay": "channel.MessageFlow_49.user=Mailbox\nchannel.MessageFlow_52.user=Mailbox\n",
        "files": {"zones.http": "200\n\n<result><zones><zone><c>DE</c><n>Europe/Berlin</n></zone>"
                  "<zone><c>IN</c><n>Asia/Kolkata</n></zone></zones></result>"},
        "answers": {"HTTP": "zones.http"},
        "says": "the zones as CSV with a header line, in Base64",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/Adding_an_endpoint_to_a_scheduled_flow", **RECIPE,
        "credentials": ["Mailbox"], "title": "called", "overlay": "channel.MessageFlow_49.user=Mailbox\nchannel.MessageFlow_52.user=Mailbox\n",
        "files": {"zones.http": "200\n\n<result><zones><zone><c>DE</c><n>Europe/Berlin</n></zone></zones></result>"},
        "answers": {"HTTP": "zones.http"}, "body": "<call/>",
        "says": "the same of one zone, under the other subject",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/Aggregator", "hosts": ["localhost"],
        "parameters": {"Mail server address": "localhost:@PORT@", "From email address": "flow@example.com"},
        "bodies": [STUDENT.format(1, "North"), STUDENT.format(2, "South"), STUDENT.format(3, "North"),
                   STUDENT.format(0, "North")],
        "says": "one mail for the school North with its three students, when the last one has Id 0; South still waits",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/DataStoreOperations", **RECIPE,
        "says": "three mails: the selected entry, the entry got, and what is left after the deletion",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/General_Splitter", **RECIPE, "title": "XML",
        "arguments": ["--trigger", "StartEvent_4"],
        "says": "one mail a student, each in its Students element",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/General_Splitter", **RECIPE, "title": "lines",
        "arguments": ["--trigger", "StartEvent_12"],
        "says": "one mail a line, each below the first line, which a general splitter takes for the header",
    },
    {
        "flow": "SAP__apibusinesshub-integration-recipes/Simulate_Response_from_Write_Variable_and_DataStores_Select",
        "hosts": ["mail.gmail.com"],
        "replace": [(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}", "<entry>")],
        "says": "the selected entry of the data store, which is empty: the timer brought no body",
    },
    {
        "flow": "barathkumarrgk__sapcpidemo/buyer.email.common.send", "hosts": ["smtp.gmail.com"],
        "credentials": ["doNotReplyEmail"], "title": "to the buyer", "body": "Your invoice was rejected.",
        "arguments": ["--property", "subject=Invoice 7", "--property", "fromEmailNotification=noreply@example.com",
                      "--property", "toEmailNotification=buyer@example.com", "--header", "finOpsEmail="],
        "files": {"ok": ""}, "answers": {"JMS": "ok"},
        "says": "the error text that the Content Modifier makes, with subject and addresses from properties",
    },
    {
        "flow": "barathkumarrgk__sapcpidemo/buyer.email.common.send", "hosts": ["smtp.gmail.com"],
        "credentials": ["doNotReplyEmail"], "title": "to finance", "body": "ignored",
        "arguments": ["--property", "subject=Failed", "--property", "fromEmailNotification=noreply@example.com",
                      "--header", "finOpsEmail=finance@example.com", "--header", "fileName=inv.xml",
                      "--header", "file=a;b", "--property", "fileName=inv.csv"],
        "files": {"ok": ""}, "answers": {"JMS": "ok"},
        "says": "the body to finance, with the attachment from a header, under the name from a property",
    },
    {
        "flow": "sapintegration__flashpipe_test/IFlow_CPItoFM", "hosts": ["smtp.gmail.com"], "credentials": ["gmailUser"],
        "title": "the partner fails", "body": "<call/>", "files": {"down.http": FAILURE}, "answers": {"RFC": "down.http"},
        "exit_codes": [1],
        "says": "the alert with error message and body; the run fails",
    },
    {
        "flow": "varunwolf__SAP-CPI-Product-Inventory-Sync-Project/Emp_Data_Integration", "hosts": ["smtp.gmail.com"],
        "credentials": ["mail_cap"], "title": "the partner fails", "body": "x", "files": {"down.http": FAILURE},
        "answers": {"OData": "down.http"}, "exit_codes": [1],
        "says": "the constant alert",
    },
    {
        "flow": "varunwolf__SAP-CPI-Product-Inventory-Sync-Project/Emp_Data_Integration", "hosts": ["smtp.gmail.com"],
        "credentials": ["mail_cap"], "title": "the partner answers", "body": "x", "files": {"products.http": PRODUCTS},
        "answers": {"OData": "products.http"},
        "says": "no mail",
    },
    {
        "flow": "NavyaMaragoni__SAP_CPI/Aggregator", **GMAIL,
        "body": "<Orders><Order><Category>A</Category><release>False</release></Order>"
                "<Order><Category>A</Category><release>True</release></Order></Orders>", "files": {"ok": ""}, "answers": {"SFTP": "ok"},
        "says": "no mail: its mail channel is not reached",
    },
]
