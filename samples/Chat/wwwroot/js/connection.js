// The connection to this window's server, over the generated proxy of ChatHub. SignalR's client reconnects by itself for as long as the
// server would still know it; after that it gives up, and this starts it again, for as long as it takes.

const longestDelay = 10_000;

/**
 * @param connection what SignalR's script made: $.connection
 * @param handlers stateChanged(state, retryInSeconds), connected(), and what the server calls: message(kind, where, name, text, origin)
 * and presence(servers)
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

  // SignalR's own choice is the best transport that works; ?transport=longPolling shows how the others do.
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
  // SignalR's client takes its leave on "unload", which browsers are about to give up. (Whoever comes back to a page that was kept is
  // connected again.)
  window.addEventListener('pagehide', () => hub.stop());
  start();

  // jQuery's promises as the language's own, which also turns into one what is thrown without a connection.
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
