// How an MCP client finds its way to a token by itself, through the official TypeScript client:
//
//   node oauth.mjs http://127.0.0.1:8080/mcp            in the newest revision that both know
//   node oauth.mjs http://127.0.0.1:8080/mcp legacy     in the newest one with sessions
//
// The server says 401 and where its metadata are; they name the authorization server; the client registers there, is sent to the user with
// PKCE, and gets a token for this server. With it the tool still needs a scope that the token lacks: 403 says which, and the client asks again.
// The server must take tokens of examples/clients/oauth/issuer.mjs, whose user agrees to everything.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';

const url = new URL(process.argv[2] ?? 'http://127.0.0.1:8080/mcp');
const mode = process.argv[3] ?? 'auto';
const redirect = 'http://127.0.0.1:9/callback'; // nobody listens there: the browser of this client only reads where it is sent

let registered, saved, verifier, discovered, callback;
const asked = [];
const provider = {
  redirectUrl: redirect,
  clientMetadata: { client_name: 'devmesh-example', redirect_uris: [redirect], token_endpoint_auth_method: 'none' },
  clientInformation: () => registered,
  saveClientInformation: information => void (registered = information),
  tokens: () => saved,
  saveTokens: tokens => void (saved = tokens),
  discoveryState: () => discovered,
  saveDiscoveryState: state => void (discovered = state),
  saveCodeVerifier: value => void (verifier = value),
  codeVerifier: () => verifier,
  async redirectToAuthorization(where) {
    asked.push(where.searchParams.get('scope'));
    assert.equal(where.searchParams.get('resource'), url.href);
    const answer = await fetch(where, { redirect: 'manual' });
    assert.equal(answer.status, 302);
    callback = new URL(answer.headers.get('location')).searchParams;
  },
};

const client = new Client({ name: 'devmesh-example', version: '1.0.0' }, { versionNegotiation: { mode } });
let transport = new StreamableHTTPClientTransport(url, { authProvider: provider });
await assert.rejects(client.connect(transport), UnauthorizedError);
await transport.finishAuth(callback);
assert.ok(registered.client_id && saved.access_token);
assert.ok(!saved.scope.split(' ').includes('tools:execute'));

await client.close();
transport = new StreamableHTTPClientTransport(url, { authProvider: provider });
await client.connect(transport);
console.log('connected in', client.getNegotiatedProtocolVersion(), 'with the scopes', saved.scope);
assert.deepEqual((await client.listTools()).tools, []);

const create = { name: 'context_create', arguments: { name: 'red build' } };
await assert.rejects(client.callTool(create), UnauthorizedError);
assert.ok(asked.at(-1).split(' ').includes('tools:execute:context_create'), asked.at(-1));
await transport.finishAuth(callback);
console.log('asked again, for', asked.at(-1));

const result = await client.callTool(create);
assert.ok(!result.isError, JSON.stringify(result.content));
assert.equal(result.structuredContent.name, 'red build');
await client.close();

const forged = saved.access_token.slice(0, -8) + 'AAAAAAAA';
const refused = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${forged}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: '{}' });
assert.equal(refused.status, 401);
assert.match(refused.headers.get('www-authenticate'), /error="invalid_token", error_description="Invalid signature/);
console.log('ok: discovered, registered, authorized, stepped up, called');
