/** Rules to begin with. Names of queues, skills and people in them are those of the house: to be changed after inserting. */
import type { Key } from '../../../shared/i18n/en'

export interface Names {
	queue: string
	skill: string
}

export const EXAMPLES: { key: Key; text: (names: Names) => string }[] = [
	{
		key: 'rules.example.vip',
		text: () => `if customer and customer.is_vip then
	priority(10)
	note("VIP")
end
`,
	},
	{
		key: 'rules.example.last_agent',
		text: () => `-- back to whom the customer talked to within three days
if history.since_last_s < 3 * days then
	prefer_agent("last_agent", 20)
	note("called " .. history.since_last_s // hours .. " hours ago")
end
`,
	},
	{
		key: 'rules.example.complaint',
		text: () => `-- whoever keeps calling gets somebody else, and soon
if history.contacts_7_days >= 3 then
	exclude("last_agent")
	head_start(120)
	note("contact number " .. history.contacts_7_days + 1 .. " in 7 days")
end
`,
	},
	{
		key: 'rules.example.language',
		text: ({ skill }) => `if customer and customer.language == "zh" then
	always("${skill}")
	note("speaks Chinese")
end
`,
	},
	{
		key: 'rules.example.value',
		text: ({ skill }) => `if customer and customer.value >= 70 then
	target(10)
	prefer("${skill}", 7)
	note("value " .. customer.value)
end
`,
	},
	{
		key: 'rules.example.night',
		text: ({ queue }) => `if queue.name ~= "${queue}" and (time.hour >= 20 or time.hour < 7) then
	queue "${queue}"
	note("at night")
	stop()
end
`,
	},
]
