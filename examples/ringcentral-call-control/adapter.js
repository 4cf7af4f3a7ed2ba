// RingCentral's own ringcentral-call-control, fed with the notifications on standard
// input, and asked what it makes of them: Observed Calls on standard output.
//
// The library knows sessions, not calls: each session that it announces is a call here,
// over when the library forgets it. That is what an application on top of it shows.
'use strict';
const readline = require('readline');
const { RingCentralCallControl } = require('ringcentral-call-control');

const seen = new Map(); // what was announced, by telephonySessionId
let control;

// start makes the library for the account that the first notification is of.
function start(message) {
  const account = (message.event.match(/account\/(\d+)/) || [])[1] || '';
  control = new RingCentralCallControl({
    sdk: { platform: () => ({}) }, // nothing is asked of the network
    accountLevel: true,
    preloadSessions: false,
    preloadDevices: false,
    extensionInfo: { id: '', account: { id: account } },
  });
  control.on('new', (session) => note(session));
}

// note remembers what the library says of a session, as long as it does.
function note(session) {
  const known = seen.get(session.id) || { answered: false };
  seen.set(session.id, known);
  known.parties = session.parties;
  known.answered = known.answered || session.parties.some((p) => p.direction === 'Inbound' && p.status.code === 'Answered');
}

const who = (p) => p.extensionId || (p.direction === 'Outbound' ? p.from : p.to).phoneNumber || p.id;

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  let message;
  try { message = JSON.parse(line); } catch (e) { return; } // none of RingCentral's
  if (!message || !message.event || !message.body) return;
  if (!control) start(message);
  try { control.onNotificationEvent(message); } catch (e) { console.error(String(e)); } // as an application's handler would
  for (const session of control.sessions) if (seen.has(session.id)) note(session);
});
lines.on('close', () => {
  const open = new Set((control ? control.sessions : []).map((s) => s.id));
  for (const [id, call] of seen) {
    console.log(JSON.stringify({
      sessions: [id],
      answered: call.answered,
      ended: !open.has(id),
      onTheLine: open.has(id) ? call.parties.filter((p) => p.status.code !== 'Disconnected').map(who) : [],
    }));
  }
});
