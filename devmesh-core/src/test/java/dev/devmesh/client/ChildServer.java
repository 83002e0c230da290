package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The main class of a child process that plays a server on its standard streams, also a bad one. */
final class ChildServer {

    private final String manner;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private boolean initialized;
    private JsonNode asking = Json.object();

    private ChildServer(String manner) {
        this.manner = manner;
    }

    /** The transport that starts a server of this manner. */
    static ProcessTransport behaving(String manner) {
        return ProcessTransport.of(command(manner));
    }

    private static List<String> command(String manner) {
        return List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                ChildServer.class.getName(),
                manner);
    }

    /** Absolute, so that the child may run elsewhere. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        System.err.println("pid " + ProcessHandle.current().pid());
        new ChildServer(args[0]).run();
        if (args[0].equals("stubborn")) {
            new CountDownLatch(1).await();
        }
    }

    private void run() throws IOException {
        if (manner.equals("noisy")) {
            out.println("Welcome to my server!");
        }
        if (manner.equals("broken")) {
            System.err.println("no such configuration");
            System.exit(3);
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            take((ObjectNode) Json.parse(line));
        }
    }

    private void take(ObjectNode message) throws IOException {
        String method = message.path("method").asString("response");
        boolean stateless = message.at("/params/_meta").has("io.modelcontextprotocol/protocolVersion");
        switch (method) {
            case "server/discover" -> discover(message);
            case "initialize" -> {
                initialized = true;
                result(
                        message,
                        "'protocolVersion':'2025-06-18','capabilities':{'tools':{'listChanged':true},'logging':{}},"
                                + "'serverInfo':{'name':'child','version':'1'}");
            }
            case "tools/call" -> {
                if (stateless || initialized) {
                    call(message, message.at("/params/name").asString());
                } else {
                    System.exit(4);
                }
            }
            case "response" -> result(asking, text(message.path("result").toString()));
            case "notifications/initialized" -> {}
            case "notifications/cancelled" -> System.err.println("cancelled " + message.at("/params/requestId"));
            default -> result(message, "");
        }
    }

    private void discover(ObjectNode message) {
        switch (manner) {
            case "modern" ->
                result(message, "'resultType':'complete','supportedVersions':['2026-07-28'],'capabilities':{}");
            case "silent" -> {}
            case "strict" -> System.exit(5);
            default -> say("{'jsonrpc':'2.0','id':null,'error':{'code':-32601,'message':'not initialized'}}");
        }
    }

    private void call(ObjectNode message, String tool) throws IOException {
        switch (tool) {
            case "echo" ->
                result(message, text(message.at("/params/arguments/text").asString()));
            case "env" -> result(message, text(System.getenv("CHILD_SAYS") + " in " + System.getProperty("user.dir")));
            case "ask" -> {
                asking = message;
                say(
                        "{'jsonrpc':'2.0','id':'q','method':'elicitation/create','params':{'message':'Why?','requestedSchema':{}}}");
            }
            case "stuck" -> {}
            case "crash" -> {
                System.err.println("out of memory");
                System.exit(9);
            }
            case "leave" -> {
                Process heir = new ProcessBuilder(command("stubborn"))
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                System.err.println("pid " + heir.pid());
                System.exit(9);
            }
            case "long" -> result(message, text("x".repeat(200_000)));
            case "busy" -> {
                for (int i = 1; i <= 20_000; i++) {
                    say("{'jsonrpc':'2.0','method':'notifications/progress','params':{'progressToken':"
                            + message.path("id") + ",'progress':" + i + "}}");
                }
                result(message, text("done"));
            }
            case "log" -> {
                say("{'jsonrpc':'2.0','method':'notifications/message','params':{'level':'info','data':'a line'}}");
                say("{'jsonrpc':'2.0','method':'notifications/tools/list_changed'}");
                result(message, text("done"));
            }
            default -> say("{'jsonrpc':'2.0','id':" + message.path("id") + ",'error':{'code':-32602,'message':'no'}}");
        }
    }

    private static String text(String text) {
        return "'content':[" + Json.object().put("type", "text").put("text", text) + "]";
    }

    private void result(JsonNode request, String members) {
        say("{'jsonrpc':'2.0','id':" + request.path("id") + ",'result':{" + members + "}}");
    }

    private void say(String json) {
        out.println(json.replace('\'', '"'));
    }
}
