import { Button, Tabs, Textarea } from '@mantine/core'
import { IconPlayerPlayFilled } from '@tabler/icons-react'
import { useState } from 'react'
import { api } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'

const LANGUAGES = ['fa', 'ar', 'zh', 'en'] as const
const TEXT_MAX = 1000

/** A text per language, each can be listened to before it is saved. */
export function Texts({ label, value, onChange, error }: { label: string; value: Record<string, string>; onChange: (value: Record<string, string>) => void; error?: string }) {
	const { t, preferences } = useLocale()
	const complain = useComplain()
	const [isBusy, setBusy] = useState(false)
	const start = preferences.language === 'zh-Hant' ? 'zh' : preferences.language
	const [language, setLanguage] = useState<string>(Object.keys(value)[0] ?? start)
	const text = value[language] ?? ''
	const change = (next: string): void => {
		const { [language]: _, ...others } = value
		onChange(next ? { ...others, [language]: next } : others)
	}
	const listen = async (): Promise<void> => {
		setBusy(true)
		try {
			const url = URL.createObjectURL(await api.audio('/prompts/preview', { text, language }))
			const audio = new Audio(url)
			audio.onended = () => URL.revokeObjectURL(url)
			await audio.play()
		} catch (problem) {
			complain(problem)
		} finally {
			setBusy(false)
		}
	}
	return (
		<div>
			<Tabs value={language} onChange={(l) => l && setLanguage(l)} mb={8}>
				<Tabs.List>
					{LANGUAGES.map((l) => (
						<Tabs.Tab key={l} value={l}>
							{t(`language.${l}`)}
							{value[l] ? ' •' : ''}
						</Tabs.Tab>
					))}
				</Tabs.List>
				<Tabs.Panel value={language} pt={10}>
					<Textarea label={label} lang={language} autosize minRows={3} maxLength={TEXT_MAX} value={text} onChange={(e) => change(e.currentTarget.value)} error={error} />
				</Tabs.Panel>
			</Tabs>
			<Button variant="light" size="compact-md" leftSection={<IconPlayerPlayFilled size={15} />} loading={isBusy} disabled={!text.trim()} onClick={() => void listen()}>
				{t('prompt.preview')}
			</Button>
		</div>
	)
}
