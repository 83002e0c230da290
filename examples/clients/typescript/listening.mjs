// A session through the official TypeScript SDK of the generation that knows sessions only: it listens while it works.
//
//   node listening.mjs http://127.0.0.1:8080/mcp
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const url = new URL(process.argv[2] ?? 'http://127.0.0.1:8080/mcp');
const client = new Client({ name: 'devmesh-example', version: '1.0.0' });
client.onerror = error => console.log('error:', error.message);
const heard = new Set();
client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { heard.add(params.uri); });

const transport = new StreamableHTTPClientTransport(url);
await client.connect(transport);
const session = transport.sessionId;
console.log('session of', session.length, 'characters in', transport.protocolVersion, 'with', client.getServerVersion());
assert.equal(transport.protocolVersion, '2025-11-25');
assert.match(session, /^[\x21-\x7e]+$/);
assert.ok(client.getServerCapabilities().resources.subscribe);
await client.ping();
await client.setLoggingLevel('info');

const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, JSON.stringify(result.content));
  return result.structuredContent;
};

const { tools } = await client.listTools();
assert.ok(tools.every(tool => tool.inputSchema.type === 'object'));
const context = await call('context_create', { name: 'red build' });
const uri = `devmesh://contexts/${context.id}`;
await client.subscribeResource({ uri });
// The client opens its stream for news in its own time, and nobody tells it of what came before: so append until it heard.
for (let tries = 0; !heard.has(uri); tries++) {
  assert.ok(tries < 100, 'never heard of a changed context');
  await call('context_append', { context: context.id, items: [{ role: 'user', content: 'main is red' }] });
  await new Promise(done => setTimeout(done, 50));
}
await client.unsubscribeResource({ uri });
const { contents } = await client.readResource({ uri });
assert.match(contents[0].text, /main is red/);
await assert.rejects(client.readResource({ uri: 'devmesh://contexts/none' }), error => error.code === -32002);
await assert.rejects(client.callTool({ name: 'context_gte', arguments: {} }), error => error.code === -32602);
await call('context_delete', { context: context.id });

await transport.terminateSession();
client.onerror = undefined; // closing cuts the stream for news
await client.close();
const late = await fetch(url, {
  method: 'POST',
  headers: {
    'content-type': 'application/json', accept: 'application/json, text/event-stream',
    'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25',
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
});
assert.equal(late.status, 404);
console.log('ok: heard of a change, read it, ended the session');
