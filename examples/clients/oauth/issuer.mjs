// A small authorization server, to try OAuth with and for tests. It has one user, who agrees to everything; nothing of it is for real use.
//
//   node issuer.mjs [PORT]         prints its URL, which is its issuer; keys are at /jwks
//
// It knows what MCP clients use: metadata (RFC 8414), dynamic registration (RFC 7591), the authorization code with PKCE S256, and the
// resource that a token is for (RFC 8707). The first time a client asks it withholds tools:execute, so that one sees how it asks again.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const kid = randomUUID();
const clients = new Map(); // by id: redirect URIs, and whether it was here before
const codes = new Map();
let issuer;

const base64url = value => Buffer.from(value).toString('base64url');

function token(claims) {
  const head = base64url(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid }));
  const body = base64url(JSON.stringify(claims));
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${head}.${body}.${base64url(signature)}`;
}

class Refusal extends Error {
  constructor(error, status = 400) {
    super(error);
    this.status = status;
  }
}

function check(good, error) {
  if (!good) throw new Refusal(error);
}

function register(body) {
  const { redirect_uris } = JSON.parse(body);
  check(Array.isArray(redirect_uris) && redirect_uris.length > 0, 'invalid_redirect_uri');
  const client_id = randomUUID();
  clients.set(client_id, { redirect_uris, before: false });
  return { client_id, redirect_uris, token_endpoint_auth_method: 'none', client_id_issued_at: now() };
}

function authorize(query) {
  const client = clients.get(query.get('client_id'));
  const target = query.get('redirect_uri');
  check(client?.redirect_uris.includes(target), 'invalid_client');
  check(query.get('response_type') === 'code', 'unsupported_response_type');
  check(query.get('code_challenge_method') === 'S256' && query.get('code_challenge'), 'invalid_request');
  check(query.get('resource'), 'invalid_target');
  const asked = (query.get('scope') ?? '').split(' ');
  const scope = asked.filter(name => client.before || name !== 'tools:execute').join(' ');
  client.before = true;
  const code = randomUUID();
  codes.set(code, { client, target, scope, challenge: query.get('code_challenge'), resource: query.get('resource') });
  const answer = new URL(target);
  answer.searchParams.set('code', code);
  answer.searchParams.set('iss', issuer);
  if (query.get('state')) answer.searchParams.set('state', query.get('state'));
  return answer;
}

function exchange(form) {
  const grant = codes.get(form.get('code'));
  codes.delete(form.get('code'));
  check(form.get('grant_type') === 'authorization_code', 'unsupported_grant_type');
  check(grant && grant.client === clients.get(form.get('client_id')), 'invalid_grant');
  check(grant.target === form.get('redirect_uri'), 'invalid_grant');
  const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
  check(grant.challenge === challenge, 'invalid_grant');
  check(grant.resource === form.get('resource'), 'invalid_target');
  const claims = { iss: issuer, sub: 'ada', aud: grant.resource, scope: grant.scope };
  const access_token = token({ ...claims, iat: now(), exp: now() + 300, jti: randomUUID() });
  return { access_token, token_type: 'Bearer', expires_in: 300, scope: grant.scope };
}

const now = () => Math.floor(Date.now() / 1000);

const metadata = () => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['none'],
  authorization_response_iss_parameter_supported: true,
});

function serve(request, body) {
  const url = new URL(request.url, issuer);
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /.well-known/oauth-authorization-server':
      return [200, metadata()];
    case 'GET /jwks':
      return [200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }] }];
    case 'POST /register':
      return [201, register(body)];
    case 'GET /authorize':
      return [302, {}, { location: authorize(url.searchParams).href }];
    case 'POST /token':
      return [200, exchange(new URLSearchParams(body))];
    default:
      return [404, { error: 'not_found' }];
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    let answer;
    try {
      answer = serve(request, Buffer.concat(chunks).toString());
    } catch (problem) {
      answer = problem instanceof Refusal ? [problem.status, { error: problem.message }] : [400, { error: 'invalid_request' }];
    }
    const [status, content, headers] = answer;
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
    response.end(JSON.stringify(content));
  });
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
});
