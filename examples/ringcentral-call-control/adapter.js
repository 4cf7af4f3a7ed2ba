'use strict';
// RingCentral's own ringcentral-call-control behind legwork's exec probe: notifications
// on standard input, Observed Calls on standard output.
//
// The library keeps the sessions that go on and forgets those that ended, so the adapter
// remembers what the library announced ("new"), and asks at the end which of it still goes
// on. Nothing is concluded here that the library does not say: one session is one call.
const readline = require('readline');
const { RingCentralCallControl } = require('ringcentral-call-control');

// The library is given no network: whatever it asks of the platform fails.
const sdk = { platform: () => ({ get: () => Promise.reject(new Error('offline')), post: () => Promise.reject(new Error('offline')) }) };

/** The account is that of the first notification: the library must know it beforehand. */
function start(event) {
  const account = /\/account\/(\d+)\//.exec(event.event);
  return new RingCentralCallControl({
    sdk, accountLevel: true, preloadSessions: false, preloadDevices: false,
    extensionInfo: { id: '~', account: { id: account ? account[1] : '~' } },
  });
}

async function main() {
  const announced = []; // the ids of sessions, each time that the library said "new"
  let control;
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    let event;
    try { event = JSON.parse(line); } catch { continue; } // no notification
    if (!event || typeof event.event !== 'string' || !event.body || typeof event.body !== 'object') continue;
    if (!control) {
      control = start(event);
      control.on('new', (session) => announced.push(session.id));
    }
    control.onNotificationEvent(event); // what it throws ends the adapter: a webhook would fail as well
  }
  announced.forEach((id, i) => {
    // A session that was announced again is another object: only the last can go on.
    const going = announced.lastIndexOf(id) === i && control.sessionsMap.has(id);
    process.stdout.write(JSON.stringify({ sessions: [id], ended: !going }) + '\n');
  });
}

main().catch((err) => { console.error(err); process.exit(1); });
