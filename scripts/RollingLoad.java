import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls through a proxy without a pause until a file is gone, over a new connection each, so that no request can be lost to
 * a connection that the proxy closes. Prints how many answers there were of each kind; exits with 1 if any is not 200.
 */
final class RollingLoad {

    private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
            + "\"context_list\",\"arguments\":{},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";

    private RollingLoad() {}

    public static void main(String[] arguments) throws InterruptedException {
        int port = Integer.parseInt(arguments[0]);
        String key = System.getenv("DEVMESH_ADMIN_KEY");
        Path running = Path.of(arguments[1]);
        byte[] request = ("POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        + "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                        + "Mcp-Method: tools/call\r\nMcp-Name: context_list\r\nX-API-Key: " + key + "\r\nContent-Length: "
                        + CALL.length() + "\r\n\r\n" + CALL)
                .getBytes(StandardCharsets.US_ASCII);
        ConcurrentSkipListMap<String, AtomicLong> answers = new ConcurrentSkipListMap<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread thread = new Thread(() -> {
                while (Files.exists(running)) {
                    answers.computeIfAbsent(answer(port, request), kind -> new AtomicLong()).incrementAndGet();
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        answers.forEach((kind, count) -> System.out.println(count + " x " + kind));
        System.exit(answers.keySet().equals(java.util.Set.of("200")) ? 0 : 1);
    }

    private static String answer(int port, byte[] request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request);
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(read);
            String text = read.toString(StandardCharsets.UTF_8);
            if (!text.startsWith("HTTP/1.1 ")) {
                return "an answer that is not HTTP";
            }
            String status = text.substring(9, 12);
            return status.equals("200") && !text.contains("\"result\"") ? "200 without a result" : status;
        } catch (IOException e) {
            return e.toString();
        }
    }
}
