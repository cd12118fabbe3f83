// An echo server on Apache Tomcat. Prints its URL. With Debian's libtomcat10-embed-java, libjakarta-annotation-api-java and a JDK:
//
//     cd /usr/share/java && java -cp tomcat10-embed-core.jar:tomcat10-embed-websocket.jar:jakarta-annotation-api.jar .../TomcatEcho.java
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.logging.LogManager;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

public class TomcatEcho {
    @jakarta.websocket.server.ServerEndpoint("/")
    public static class Echo {
        @OnMessage(maxMessageSize = 64 << 20)
        public String text(String message) {
            return message;
        }

        @OnMessage(maxMessageSize = 64 << 20)
        public ByteBuffer binary(ByteBuffer message) {
            return message;
        }

        @OnError
        public void error(Session session, Throwable why) {}
    }

    public static class Deploy implements ServletContextListener {
        @Override
        public void contextInitialized(ServletContextEvent event) {
            ServerContainer container = (ServerContainer) event.getServletContext().getAttribute(ServerContainer.class.getName());
            container.setDefaultMaxTextMessageBufferSize(32 << 20);
            container.setDefaultMaxBinaryMessageBufferSize(32 << 20);
            try {
                container.addEndpoint(Echo.class);
            } catch (DeploymentException error) {
                throw new IllegalStateException(error);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        Tomcat tomcat = new Tomcat();
        String folder = Files.createTempDirectory("tomcat").toString();
        tomcat.setBaseDir(folder);
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", folder);
        context.addServletContainerInitializer(new WsSci(), null);
        context.addApplicationListener(Deploy.class.getName());
        Tomcat.addServlet(context, "default", new org.apache.catalina.servlets.DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        tomcat.start();
        System.out.println("ws://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/");
        tomcat.getServer().await();
    }
}
