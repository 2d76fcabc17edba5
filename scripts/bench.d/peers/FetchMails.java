import java.io.*;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import javax.mail.*;
import javax.mail.internet.*;
import javax.net.ssl.*;

/** What tenant-bench fetch-client does, by Java Mail: a line on standard input is one pass over a folder's mails by IMAPS.
 *  Whole messages are fetched ahead, a hundred with one command, which is the fastest that Java Mail can do.
 *  Arguments: HOST PORT CA USER PASSWORDFILE FOLDER COUNT. */
public class FetchMails {
  public static void main(String[] arguments) throws Exception {
    String host = arguments[0], user = arguments[3], password = Files.readString(Path.of(arguments[4]));
    int port = Integer.parseInt(arguments[1]), count = Integer.parseInt(arguments[6]);
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream file = new FileInputStream(arguments[2])) {
      trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    Properties properties = new Properties();
    properties.put("mail.imaps.ssl.socketFactory", context.getSocketFactory());
    properties.put("mail.imaps.ssl.checkserveridentity", "true");
    properties.put("mail.imaps.peek", "true");
    properties.put("mail.imaps.partialfetch", "false");
    properties.put("mail.imaps.auth.mechanisms", "PLAIN");
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
    while (orders.readLine() != null) {
      long began = System.nanoTime();
      Store store = Session.getInstance(properties).getStore("imaps");
      store.connect(host, port, user, password);
      Folder folder = store.getFolder(arguments[5]);
      folder.open(Folder.READ_ONLY);
      int fetched = 0;
      long produced = 0;
      FetchProfile whole = new FetchProfile();
      whole.add(com.sun.mail.imap.IMAPFolder.FetchProfileItem.MESSAGE);
      for (int start = 1; start <= count; start += 100) {
        Message[] mails = folder.getMessages(start, Math.min(start + 99, count));
        folder.fetch(mails, whole);
        for (Message mail : mails) {
          produced += read(mail);
          fetched++;
          ((com.sun.mail.imap.IMAPMessage) mail).invalidateHeaders();
        }
      }
      folder.close(false);
      store.close();
      double seconds = (System.nanoTime() - began) / 1e9;
      System.out.println(fetched == count && produced > 0 ? "" + seconds : "failed: " + fetched + " mails came");
      System.out.flush();
    }
  }

  private static long read(Message mail) throws Exception {
    long produced = String.valueOf(mail.getSubject()).length() + String.valueOf(mail.getSentDate()).length();
    produced += ((MimeMessage) mail).getMessageID().length();
    for (Address[] addresses : new Address[][] {mail.getFrom(), mail.getRecipients(Message.RecipientType.TO),
        mail.getRecipients(Message.RecipientType.CC)}) {
      if (addresses != null) produced += addresses.length;
    }
    return produced + readPart(mail);
  }

  private static long readPart(Part part) throws Exception {
    if (part.isMimeType("multipart/*")) {
      Multipart parts = (Multipart) part.getContent();
      long produced = 0;
      for (int i = 0; i < parts.getCount(); i++) produced += readPart(parts.getBodyPart(i));
      return produced;
    }
    if (part.isMimeType("text/*")) return ((String) part.getContent()).length();
    try (InputStream content = part.getInputStream()) {
      return content.readAllBytes().length;
    }
  }
}
