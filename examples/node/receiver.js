// A small receiver: a webhook at :8120/webhook, and the calls that it understood at
// /calls. Sessions that a peerId ties are one call.   node receiver.js
'use strict';
const http = require('http');
const sessions = new Map(); // telephonySessionId -> { began, parties: party id -> party, peers }

function take(event) {
  const body = event.body || {};
  if (!body.telephonySessionId || !body.parties) return; // not for us
  const s = sessions.get(body.telephonySessionId) || { began: body.eventTime, parties: new Map(), peers: new Set() };
  sessions.set(body.telephonySessionId, s);
  if (body.eventTime < s.began) s.began = body.eventTime;
  for (const p of body.parties) {
    const known = s.parties.get(p.id) || { sequence: 0, answered: false };
    s.parties.set(p.id, known);
    if (p.status.code === 'Answered' && p.direction === 'Inbound') known.answered = true;
    if (p.status.peerId) s.peers.add(p.status.peerId.telephonySessionId);
    if (body.sequence >= known.sequence) Object.assign(known, { sequence: body.sequence, code: p.status.code }); // late ones change nothing
  }
}

function calls(since) {
  const group = new Map([...sessions.keys()].map((id) => [id, id]));
  const find = (id) => (group.get(id) === id ? id : find(group.get(id)));
  for (const [id, s] of sessions) for (const peer of s.peers) if (group.has(peer)) group.set(find(id), find(peer));
  const out = new Map();
  for (const [id, s] of sessions) {
    if (s.began < since) continue;
    const call = out.get(find(id)) || { sessions: [], answered: false, ended: true };
    out.set(find(id), call);
    call.sessions.push(id);
    for (const p of s.parties.values()) {
      call.answered = call.answered || p.answered;
      call.ended = call.ended && (p.code === 'Disconnected' || p.code === 'Gone');
    }
  }
  return [...out.values()];
}

http.createServer((req, res) => {
  const url = new URL(req.url, 'http://localhost');
  if (url.pathname === '/calls') return res.end(JSON.stringify(calls(url.searchParams.get('since') || '')));
  const token = req.headers['validation-token'];
  if (token) res.setHeader('Validation-Token', token); // the handshake
  const chunks = [];
  req.on('data', (c) => chunks.push(c));
  req.on('end', () => { try { take(JSON.parse(Buffer.concat(chunks))); } catch (e) { /* answered 200 all the same */ } res.end(); });
}).listen(8120, '127.0.0.1');
