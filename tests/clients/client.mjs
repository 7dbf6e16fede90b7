// Drives an official TypeScript client through one scenario, and prints one JSON object for the connection and one a step.
//
//     node client.mjs FOLDER '{"era": "sessions", "transport": {"stdio": ["pgwright", "serve"]}, "steps": [
//         {"list": true}, {"call": "table_stats", "arguments": {}, "progress": true}, {"call": "explain_query", "cancel": true}]}'
//
// FOLDER holds the packages. The transport is `stdio` (a command), `http` or `sse` (an address). The era `stateless` takes
// @modelcontextprotocol/client and lets it negotiate; `sessions` takes @modelcontextprotocol/sdk, which begins with
// `initialize`. A step with `cancel` gives its call up when a line arrives on standard input.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [folder, scenario] = [process.argv[2], JSON.parse(process.argv[3])];
const load = createRequire(`${folder}/package.json`);
const stateless = scenario.era === 'stateless';
const sdk = stateless
    ? { ...load('@modelcontextprotocol/client'), ...load('@modelcontextprotocol/client/stdio') }
    : Object.assign(
          {},
          ...['index', 'stdio', 'streamableHttp', 'sse'].map((part) => load(`@modelcontextprotocol/sdk/client/${part}.js`)),
      );

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function transport({ stdio, http, sse }) {
    if (stdio) return new sdk.StdioClientTransport({ command: stdio[0], args: stdio.slice(1) });
    if (http) return new sdk.StreamableHTTPClientTransport(new URL(http));
    return new sdk.SSEClientTransport(new URL(sse));
}

function request(client, { call, arguments: args }, options) {
    const params = { name: call, arguments: args };
    return stateless ? client.callTool(params, options) : client.callTool(params, undefined, options);
}

async function called(client, wanted) {
    const progress = [];
    const onprogress = wanted.progress && ((tick) => progress.push(tick));
    const result = await request(client, wanted, { onprogress });
    return {
        text: result.content.filter((block) => block.type === 'text').map((block) => block.text).join(''),
        structured: result.structuredContent,
        is_error: result.isError ?? false,
        error: result._meta?.['pgwright/error'],
        progress,
    };
}

async function cancelled(client, wanted) {
    const abort = new AbortController();
    const outcome = request(client, wanted, { signal: abort.signal }).then(
        () => ({ cancelled: false }),
        (reason) => ({ cancelled: abort.signal.aborted, reason: String(reason) }),
    );
    await lines.next();
    abort.abort('the test gave up');
    return outcome;
}

async function step(client, wanted) {
    if (wanted.list) return { tools: (await client.listTools()).tools };
    return wanted.cancel ? cancelled(client, wanted) : called(client, wanted);
}

function say(report) {
    console.log(JSON.stringify(report));
}

const way = transport(scenario.transport);
const client = new sdk.Client({ name: 'pgwright-tests', version: '1' }, { versionNegotiation: { mode: 'auto' } });

// The older package tells only its transport what was agreed on.
let agreed;
const tell = way.setProtocolVersion?.bind(way);
way.setProtocolVersion = (version) => {
    agreed = version;
    tell?.(version);
};

await client.connect(way);
say({ protocol: client.getNegotiatedProtocolVersion?.() ?? agreed });
for (const wanted of scenario.steps) say(await step(client, wanted));
await client.close();
process.exit(0);
