// The centre most scenarios run in: one trunk (loopback), three queues, agents of every kind of device.
export const PASSWORD = 'markaz-e2e';

const say = (text) => [{ text: { en: text, fa: text, ar: text, zh: text } }];

const mainFlow = (menuTimeoutS) => ({
  format: 1,
  language: 'en',
  start: 'menu',
  nodes: {
    menu: {
      type: 'menu',
      say: say('For support press 1. For sales press 2. For a message press 3.'),
      options: {
        1: { label: 'Support', next: 'support' },
        2: { label: 'Sales', next: 'sales' },
        3: { label: 'Message', next: 'message' },
      },
      tries: 2,
      timeout_s: menuTimeoutS,
      invalid_say: say('No.'),
      on_fail: 'bye',
    },
    support: { type: 'queue', queue: '@support', overflow: 'message' },
    sales: { type: 'queue', queue: '@sales', overflow: 'message' },
    message: { type: 'voicemail', say: say('Speak.'), queue: '@support', limit_s: 20, silence_s: 3, next: 'bye' },
    bye: { type: 'hang_up', say: say('Goodbye.'), reason: 'flow_ended' },
  },
});

export const hoursFlow = {
  format: 1,
  language: 'en',
  start: 'open',
  nodes: {
    open: { type: 'hours', hours: '@never', open: 'support', closed: 'sorry' },
    support: { type: 'queue', queue: '@support', overflow: 'sorry' },
    sorry: { type: 'hang_up', say: say('We are closed.'), reason: 'closed' },
  },
};

const queue = (name, fields = {}) => ({
  name,
  ring_timeout_s: 5,
  wrap_up_s: 0,
  wrap_up_extend_s: 0,
  announce_first_s: 0,
  announce_every_s: 0,
  ...fields,
});

const agent = (login, fields = {}) => ({ login, name: `Agent ${login}`, roles: ['agent'], password: PASSWORD, device: 'browser', ...fields });

/** agentsPort: where sip:a1.. answer. queues: fields by queue name. alwaysReady: how many of a1.. need no login. menuTimeoutS: for
 *  a key, which a test that clicks needs longer for than one whose caller presses by the clock. */
export function centre({ agentsPort = 9, queues = {}, uriAgents = 3, alwaysReady = 0, users = [], menuTimeoutS = 4 } = {}) {
  const uris = Array.from({ length: uriAgents }, (_, i) =>
    agent(`uri${i + 1}`, { device: 'uri', device_uri: `sip:a${i + 1}@127.0.0.1:${agentsPort}`, is_always_ready: i < alwaysReady, extension: `20${i + 1}` }));
  return {
    'settings.json': [{ organisation: 'End to end', default_language: 'en', time_zone: 'UTC' }],
    'hours.json': [
      { name: 'never', time_zone: 'UTC', spans: [] },
      { name: 'always', time_zone: 'UTC', spans: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00' }] },
    ],
    'dispositions.json': [{ name: 'Solved' }, { name: 'Wrong number' }],
    'break-reasons.json': [{ name: 'Lunch' }],
    'trunks.json': [{ name: 'loopback', is_accepted_by_address: true, addresses: ['127.0.0.1'], qualify_interval_s: 0, proxy: `sip:127.0.0.1:${agentsPort}` }],
    'queues.json': [queue('support', queues.support), queue('sales', queues.sales), queue('expert', queues.expert)],
    'flows/main.json': mainFlow(menuTimeoutS),
    'flows/closed.json': hoursFlow,
    'numbers.json': [
      { number: 'support', queue: '@support' },
      { number: 'expert', queue: '@expert' },
      { number: '1000', flow: '@main' },
      { number: '2000', flow: '@closed' },
    ],
    'customers.json': [{ name: 'مریم احمدی', numbers: ['+982155501001'], language: 'fa', is_vip: true }],
    'users.json': [
      ...uris,
      agent('web', { extension: '301' }),
      agent('phone', { device: 'phone', sip_login: 'phone', sip_password: 'phone-secret', extension: '302' }),
      { login: 'boss', name: 'Boss', roles: ['supervisor'], password: PASSWORD },
      ...users,
    ],
  };
}
