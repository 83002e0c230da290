// An agent's memory, through the official TypeScript client:
//
//   node memory.mjs http://127.0.0.1:8080/mcp            in the newest revision that both know
//   node memory.mjs http://127.0.0.1:8080/mcp legacy     in the newest one with sessions
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const url = new URL(process.argv[2] ?? 'http://127.0.0.1:8080/mcp');
const mode = process.argv[3] ?? 'auto';
const client = new Client({ name: 'devmesh-example', version: '1.0.0' }, { versionNegotiation: { mode } });
const transport = new StreamableHTTPClientTransport(url);
await client.connect(transport);
console.log('negotiated', client.getNegotiatedProtocolVersion(), 'with', client.getServerVersion());
assert.equal(client.getNegotiatedProtocolVersion(), mode === 'legacy' ? '2025-11-25' : '2026-07-28');
assert.equal(transport.sessionId !== undefined, mode === 'legacy');

const { tools } = await client.listTools();
console.log('tools', tools.map(tool => tool.name).join(', '));
assert.ok(tools.some(tool => tool.name === 'context_create'));

const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, JSON.stringify(result.content));
  return result.structuredContent;
};

const context = await call('context_create', { name: 'red build' });
await call('context_append', {
  context: context.id,
  items: [
    { role: 'user', content: 'main is red since 14:02' },
    { role: 'tool', tool: 'log', content: 'exit code 1 in module payments' },
    { role: 'assistant', content: 'the payments module fails to compile' },
  ],
});
const { hits } = await call('context_search', { text: 'since when is main red?', context: context.id });
assert.equal(hits[0].item.content, 'main is red since 14:02');
const read = await call('context_get', { context: context.id });
assert.deepEqual(read.items.map(item => item.seq), [1, 2, 3]);

const wrong = await client.callTool({ name: 'context_get', arguments: {} });
assert.ok(wrong.isError && wrong.content[0].text.includes('context is required'));
await assert.rejects(client.callTool({ name: 'context_gte', arguments: {} }), /Nearest: context_get/);

await call('context_delete', { context: context.id });
await client.close();
console.log('ok: created, appended, searched, read back, deleted');
