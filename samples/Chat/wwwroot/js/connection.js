// The connection to this window's server, over the generated proxy of ChatHub. SignalR's client reconnects as long as
// the server would still recognise it. Then it gives up, and this module starts it again until it succeeds.

const longestDelay = 10_000;

/**
 * @param connection what SignalR's script created: $.connection
 * @param handlers stateChanged(state, retryInSeconds), connected(), and what the server calls:
 * message(kind, where, name, text, origin) and presence(servers)
 */
export function openConnection(connection, handlers) {
  const { hub, chatHub } = connection;
  const names = Object.fromEntries(Object.entries(window.jQuery.signalR.connectionState).map(([name, number]) => [number, name]));
  let failures = 0;
  let timer = null;

  chatHub.client.broadcastMessage = (name, text, origin) => handlers.message('all', null, name, text, origin);
  chatHub.client.roomMessage = (room, name, text, origin) => handlers.message('room', room, name, text, origin);
  chatHub.client.privateMessage = (to, name, text, origin) => handlers.message('person', to, name, text, origin);
  chatHub.client.presence = servers => handlers.presence(servers);

  hub.stateChanged(({ newState }) => {
    if (names[newState] !== 'disconnected') {
      handlers.stateChanged(names[newState], null);
    }

    if (names[newState] === 'connected') {
      failures = 0;
      handlers.connected();
    }
  });
  hub.disconnected(startLater);

  // SignalR chooses the best transport that works. ?transport=longPolling forces another one.
  const transport = new URLSearchParams(window.location.search).get('transport');

  function start() {
    clearTimeout(timer);
    timer = null;
    // A failed start ends in "disconnected", which starts it again.
    hub.start(transport ? { transport } : {}).fail(startLater);
  }

  function startLater() {
    if (timer !== null) {
      return;
    }

    const delay = Math.min(longestDelay, 1000 * 2 ** failures);
    failures += 1;
    handlers.stateChanged('disconnected', Math.round(delay / 1000));
    timer = setTimeout(start, delay);
  }

  function startNow() {
    if (timer !== null) {
      start();
    }
  }

  window.addEventListener('online', startNow);
  // SignalR's client says goodbye on "unload", an event that browsers are about to remove. (If somebody comes back to a
  // page that the browser kept, it connects again.)
  window.addEventListener('pagehide', () => hub.stop());
  start();

  // Turns jQuery's promises into native ones. Without a connection the call throws; that also becomes a rejected
  // promise.
  const call = async (method, ...values) => chatHub.server[method](...values);
  return {
    startNow,
    get id() { return hub.id; },
    get transport() { return hub.transport?.name ?? ''; },
    join: (name, rooms) => call('join', name, rooms),
    enterRoom: room => call('enterRoom', room),
    leaveRoom: room => call('leaveRoom', room),
    stopRedis: () => call('stopRedis'),
    send(talk, name, text) {
      switch (talk.kind) {
        case 'room': return call('sendToRoom', talk.to, text);
        case 'person': return call('sendPrivate', talk.to, text);
        default: return call('send', name, text);
      }
    },
  };
}
