import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.stream.Collectors;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;

/** Asks a DNS server with Java's own resolver: Resolve HOST:PORT; without an argument with that of the system. */
public class Resolve {
  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      bySystem();
      return;
    }
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(Context.PROVIDER_URL, "dns://" + args[0]);
    InitialDirContext context = new InitialDirContext(environment);
    System.out.println("address: " + values(context, "reviews.shop.global", "A"));
    System.out.println("alias: " + values(context, "alias.shop.global", "A"));
    System.out.println("many: " + values(context, "many.shop.global", "A").split(" ").length);
    System.out.println("service: " + values(context, "_http._tcp.reviews.shop.global", "SRV"));
    System.out.println("back: " + values(context, "3.0.255.127.in-addr.arpa", "PTR"));
    System.out.println("missing: " + values(context, "no.shop.global", "A"));
    System.out.println("no data: " + values(context, "reviews.shop.global", "AAAA"));
  }

  private static String values(InitialDirContext context, String name, String type) throws NamingException {
    try {
      Attribute attribute = context.getAttributes(name, new String[] {type}).get(type);
      if (attribute == null) return "none";
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < attribute.size(); i++) text.append(i == 0 ? "" : " ").append(attribute.get(i));
      return text.toString();
    } catch (javax.naming.NameNotFoundException missing) {
      return "not found";
    }
  }

  private static void bySystem() {
    for (String name : new String[] {"reviews.shop.global", "many.shop.global", "no.shop.global"}) {
      try {
        InetAddress[] found = InetAddress.getAllByName(name);
        String text = Arrays.stream(found).map(InetAddress::getHostAddress).sorted().collect(Collectors.joining(" "));
        System.out.println(name + ": " + (found.length > 3 ? found.length : text));
      } catch (UnknownHostException missing) {
        System.out.println(name + ": not found");
      }
    }
  }
}
