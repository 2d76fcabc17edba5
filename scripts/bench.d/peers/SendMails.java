import java.io.*;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import java.util.concurrent.*;
import javax.mail.*;
import javax.mail.internet.*;
import javax.net.ssl.*;

/** What tenant-bench send-client does, by Java Mail: an order is CONNECTIONS COUNT SIZE on a line of standard input, the
 *  answer its seconds. Arguments: HOST PORT starttls|tls CA TO [USER PASSWORDFILE]. */
public class SendMails {
  public static void main(String[] arguments) throws Exception {
    String host = arguments[0], user = arguments.length > 5 ? arguments[5] : null;
    int port = Integer.parseInt(arguments[1]);
    boolean implicit = arguments[2].equals("tls");
    String password = user == null ? null : Files.readString(Path.of(arguments[6]));
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream file = new FileInputStream(arguments[3])) {
      trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    Properties properties = new Properties();
    String protocol = implicit ? "smtps" : "smtp", prefix = "mail." + protocol + ".";
    properties.put(prefix + "ssl.socketFactory", context.getSocketFactory());
    properties.put(prefix + "ssl.checkserveridentity", "true");
    properties.put(prefix + "auth", user == null ? "false" : "true");
    properties.put(prefix + "auth.mechanisms", "PLAIN");
    properties.put(prefix + "starttls.enable", implicit ? "false" : "true");
    properties.put(prefix + "starttls.required", implicit ? "false" : "true");
    properties.put(prefix + "localhost", "bench.example.com");
    Session session = Session.getInstance(properties);
    Address[] to = {new InternetAddress(arguments[4])};
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = orders.readLine()) != null;) {
      String[] order = line.split(" ");
      int connections = Integer.parseInt(order[0]), count = Integer.parseInt(order[1]);
      MimeMessage mail = new MimeMessage(session);
      mail.setFrom("orders@example.com");
      mail.setRecipients(Message.RecipientType.TO, "anna@example.org");
      mail.setSubject("A benchmark");
      mail.setSentDate(new Date());
      StringBuilder body = new StringBuilder();
      while (body.length() < Integer.parseInt(order[2])) {
        body.append("The quick brown fox jumps over the lazy dog, again and again.  \r\n");
      }
      mail.setText(body.toString(), "us-ascii");
      mail.saveChanges();
      ExecutorService threads = Executors.newFixedThreadPool(connections);
      List<Future<?>> work = new ArrayList<>();
      long began = System.nanoTime();
      for (int i = 0; i < connections; i++) {
        int share = count / connections + (i < count % connections ? 1 : 0);
        work.add(threads.submit(() -> {
          Transport transport = session.getTransport(protocol);
          transport.connect(host, port, user, password);
          for (int n = 0; n < share; n++) transport.sendMessage(mail, to);
          transport.close();
          return null;
        }));
      }
      try {
        for (Future<?> task : work) task.get();
      } catch (ExecutionException failure) {
        System.out.println("failed: " + failure.getCause());
        System.exit(1);
      }
      System.out.println((System.nanoTime() - began) / 1e9);
      System.out.flush();
      threads.shutdown();
    }
  }
}
