// Calls tools with the MCP client in JavaScript, in both of its ways to begin, over standard input and output and over HTTP.
//
// usage: node client.mjs SEMSEARCH URL

import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [program, url] = process.argv.slice(2);
const ways = {
  stdio: () => new StdioClientTransport({ command: program, args: ["mcp", "--offline"], env: process.env }),
  http: () => new StreamableHTTPClientTransport(new URL(url)),
};
// Its validator complains here about schemas that it does not take whole.
const complaints = [];
console.warn = console.error = (...words) => complaints.push(words.join(" "));

for (const [name, transport] of Object.entries(ways)) {
  for (const [options, revision] of [[{}, "2025-11-25"], [{ versionNegotiation: { mode: "auto" } }, "2026-07-28"]]) {
    const client = new Client({ name: "check", version: "1" }, options);
    await client.connect(transport());
    assert.equal(client.getNegotiatedProtocolVersion(), revision);
    const { tools } = await client.listTools();
    assert.equal(tools.length, 5);
    const call = (name, given) => client.callTool({ name, arguments: given });
    const found = await call("search_papers", { query: "KV cache", k: 3 });
    assert.equal(found.structuredContent.hits.length, 3);
    const id = found.structuredContent.hits[0].id;
    assert.equal((await call("get_paper", { id })).structuredContent.id, id);
    assert.equal((await call("similar_papers", { ids: [id], k: 2 })).structuredContent.hits.length, 2);
    assert.equal((await call("count_papers", { by: "year" })).structuredContent.papers, 225);
    assert.equal((await call("collection_stats", {})).structuredContent.documents, 225);
    const refused = await call("search_papers", {});
    assert.ok(refused.isError && refused.content[0].text.includes("`query`"));
    await client.close();
    console.log(`client 2.4.0 in JavaScript over ${name}, ${revision}: five tools, errors: ok`);
  }
}
assert.deepEqual(complaints, []);
