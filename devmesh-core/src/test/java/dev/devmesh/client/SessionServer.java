package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of a revision with sessions: the handshake is done here, all else by a script. */
final class SessionServer implements AutoCloseable {

    private final ScriptedServer server;
    private final AtomicInteger sessions = new AtomicInteger();
    private volatile boolean forgetful;
    private volatile String revision = "2025-11-25";
    private volatile String capabilities = "'tools':{'listChanged':true},'resources':{'subscribe':true},'logging':{}";
    private volatile boolean withIds = true;

    SessionServer(ScriptedServer.Script script) {
        server = ScriptedServer.of((request, reply) -> answer(request, reply, script));
    }

    SessionServer speaking(String date) {
        revision = date;
        return this;
    }

    SessionServer withoutIds() {
        withIds = false;
        return this;
    }

    ScriptedServer http() {
        return server;
    }

    McpClient client() {
        return server.client();
    }

    McpClientBuilder builder() {
        return McpClient.builder(server.uri());
    }

    /** The session that began last is not known any more. */
    void forget() {
        forgetful = true;
    }

    /** The methods, or verbs where there was no message, of what came. */
    List<String> methods() {
        return server.received().stream()
                .map(request -> !request.verb().equals("POST")
                        ? request.verb()
                        : request.message().has("method") ? request.method() : "response")
                .toList();
    }

    /** What came with this method. */
    List<ScriptedServer.Received> received(String method) {
        return server.received().stream()
                .filter(request -> request.method().equals(method))
                .toList();
    }

    private void answer(ScriptedServer.Received request, ScriptedServer.Reply reply, ScriptedServer.Script script)
            throws IOException {
        String id = "s" + sessions.get();
        if (request.method().equals("initialize")) {
            forgetful = false;
            String header = "Mcp-Session-Id: s" + sessions.incrementAndGet();
            reply.body(
                    200,
                    "application/json",
                    json("{'jsonrpc':'2.0','id':" + reply.id() + ",'result':{'protocolVersion':'" + revision
                            + "','capabilities':{" + capabilities
                            + "},'serverInfo':{'name':'old','version':'1'},'instructions':'i'}}"),
                    withIds ? new String[] {header} : new String[0]);
        } else if (withIds
                && !id.equals(request.headers().get("mcp-session-id"))
                && !request.headers().containsKey("mcp-session-id")) {
            reply.body(
                    400,
                    "application/json",
                    json("{'jsonrpc':'2.0','id':null,'error':{'code':-32000,"
                            + "'message':'Bad Request: Server not initialized'}}"));
        } else if (withIds && (forgetful || !id.equals(request.headers().get("mcp-session-id")))) {
            reply.body(
                    404,
                    "application/json",
                    json("{'jsonrpc':'2.0','id':null,'error':{'code':-32001," + "'message':'Session not found'}}"));
        } else if (request.method().startsWith("notifications/")
                || (request.verb().equals("POST") && !request.message().has("method"))) {
            script.answer(request, reply);
            reply.status(202);
        } else if (request.verb().equals("DELETE")) {
            reply.status(200);
        } else {
            script.answer(request, reply);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
