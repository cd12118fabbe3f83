/* A client under test on java.net.http, which every JDK since 11 has. It echoes every message until the connection ends.
 *
 *     wspect client -- java Client.java {url}                    one process for every case
 *     wspect client --once &                                     or the cases one after the other,
 *     java Client.java --driver ws://127.0.0.1:9001 JDK          over Autobahn's control protocol
 *
 * Compile it first (javac Client.java, then java Client) when there are many cases. */
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

public class Client {
    private static final HttpClient http = HttpClient.newHttpClient();

    /* Messages come in pieces; each is sent back when it is whole. */
    private static class Echo implements WebSocket.Listener {
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        final StringBuilder text = new StringBuilder();
        final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        String first;

        /* The next piece is asked for when the echo is out. */
        private void next(WebSocket socket, CompletionStage<WebSocket> sent) {
            sent.whenComplete((done, error) -> {
                if (error != null) {
                    socket.abort();
                    ended.complete(null);
                } else {
                    socket.request(1);
                }
            });
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            CompletionStage<WebSocket> sent = CompletableFuture.completedFuture(socket);
            if (last) {
                first = first == null ? text.toString() : first;
                sent = socket.sendText(text.toString(), true);
                text.setLength(0);
            }
            next(socket, sent);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] octets = new byte[data.remaining()];
            data.get(octets);
            binary.write(octets, 0, octets.length);
            CompletionStage<WebSocket> sent = CompletableFuture.completedFuture(socket);
            if (last) {
                sent = socket.sendBinary(ByteBuffer.wrap(binary.toByteArray()), true);
                binary.reset();
            }
            next(socket, sent);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ended.complete(null);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            ended.complete(null);
        }
    }

    /* The Close is sent behind onClose and onError, and nothing tells when it is out. */
    private static void letOut(WebSocket socket) throws InterruptedException {
        for (int i = 0; i < 100 && !socket.isOutputClosed(); i++)
            Thread.sleep(1);
    }

    /* The first text, or null. */
    private static String echo(String url) {
        Echo echo = new Echo();
        WebSocket socket = http.newWebSocketBuilder().buildAsync(URI.create(url), echo).join();
        try {
            echo.ended.get(15, TimeUnit.SECONDS);
            letOut(socket);
        } catch (InterruptedException | ExecutionException | TimeoutException error) {
            socket.abort(); // the library does not tell of every end
        }
        return echo.first;
    }

    private static void drive(String base, String agent) {
        int count = Integer.parseInt(echo(base + "/getCaseCount"));
        agent = URLEncoder.encode(agent, StandardCharsets.UTF_8);
        for (int number = 1; number <= count; number++) {
            try {
                echo(base + "/runCase?case=" + number + "&agent=" + agent);
            } catch (CompletionException error) { // the opening handshake failed: many cases want that
                System.err.println("case " + number + ": " + error.getCause());
            }
        }
        echo(base + "/updateReports?agent=" + agent);
    }

    public static void main(String[] arguments) {
        try {
            if (arguments.length == 3 && arguments[0].equals("--driver"))
                drive(arguments[1], arguments[2]);
            else if (arguments.length == 1)
                echo(arguments[0]);
            else
                throw new IllegalArgumentException("usage: Client URL | --driver BASE_URL AGENT");
            Thread.sleep(50); // the last Close
        } catch (CompletionException | IllegalArgumentException | InterruptedException error) {
            System.err.println(error.getMessage());
            System.exit(1);
        }
        System.exit(0); // threads of the HTTP client may live on
    }
}
