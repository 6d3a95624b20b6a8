/** The customer's page: draws a Visit. Plain DOM, so that it is small enough for any telephone. */
import '@fontsource-variable/inter'
import '@fontsource-variable/vazirmatn'
import './visit.css'
import { isRightToLeft, LANGUAGE_NAMES, LANGUAGES, languageOf, TEXTS, type Language } from './texts'
import { Visit, type VisitSocket, type VisitView } from './visit'

const LANGUAGE_KEY = 'markaz.visit.language'
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

const root = document.getElementById('visit') as HTMLElement
const number = decodeURIComponent(location.pathname.split('/')[2] ?? '')
const query = new URLSearchParams(location.search)

const visit = new Visit(
	{
		open: (line) => {
			const address = new URL(`/api/v1/visit?number=${encodeURIComponent(line)}`, location.href)
			address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
			return new WebSocket(address) as unknown as VisitSocket
		},
		makePeer: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle' }),
		media: navigator.mediaDevices,
		now: () => performance.now(),
		setTimer: (run, ms) => window.setTimeout(run, ms),
		clearTimer: (timer) => window.clearTimeout(timer),
	},
	number,
)

function firstLanguage(): Language {
	const wanted = [query.get('language') ?? '', localStorage.getItem(LANGUAGE_KEY) ?? '', ...navigator.languages]
	return languageOf(wanted.filter(Boolean))
}

let language = firstLanguage()
let isKeypadOpen = false
let notice = ''
let name = query.get('name') ?? ''

/** Makes an element; `text` becomes its content, `on` its click. */
function make(tag: string, attributes: Record<string, string> = {}, text = '', on?: () => void): HTMLElement {
	const element = document.createElement(tag)
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
	if (text) element.textContent = text
	if (on) element.addEventListener('click', on)
	return element
}

// Sound and pictures live outside what is drawn anew, so that they never stutter.
const audio = make('audio', { autoplay: '' }) as HTMLAudioElement
const theirs = make('video', { autoplay: '', playsinline: '', class: 'theirs' }) as HTMLVideoElement
const own = make('video', { autoplay: '', playsinline: '', muted: '', class: 'own' }) as HTMLVideoElement
own.muted = theirs.muted = true
const status = make('p', { class: 'status', role: 'status', 'aria-live': 'polite' })
const timer = make('p', { class: 'timer' })
const body = make('div', { class: 'body' })
const pictures = make('div', { class: 'pictures' })
pictures.append(theirs, own)
document.body.append(audio)

function attach(element: HTMLMediaElement, stream: MediaStream | null): void {
	if (element.srcObject !== stream) element.srcObject = stream
	element.hidden = stream === null
}

function statusText(view: VisitView): string {
	const texts = TEXTS[language]
	if (view.isReconnecting) return texts.reconnecting
	switch (view.state) {
		case 'idle': return texts.hint
		case 'asking': return texts.asking
		case 'connecting': return texts.connecting
		case 'waiting': return texts.waiting
		case 'talking': return texts.talking(view.agent)
		case 'held': return texts.held
		case 'ended': return view.end ? texts.ends[view.end] : ''
	}
}

function startForm(view: VisitView): HTMLElement {
	const texts = TEXTS[language]
	const form = make('form', { class: 'start' }) as HTMLFormElement
	const label = make('label', { for: 'name' }, texts.name)
	const input = make('input', { id: 'name', maxlength: '80', autocomplete: 'name', placeholder: texts.namePlaceholder }) as HTMLInputElement
	input.value = name
	input.addEventListener('input', () => { name = input.value })
	const button = make('button', { type: 'submit', class: 'call' }, view.state === 'ended' ? texts.again : texts.call)
	form.append(label, input, button)
	form.addEventListener('submit', (event) => {
		event.preventDefault()
		notice = ''
		void audio.play().catch(() => undefined)
		void visit.start(name.trim(), language, query.get('about') ?? '')
	})
	return form
}

function toggle(text: string, isOn: boolean, on: () => void): HTMLElement {
	return make('button', { type: 'button', class: 'tool', 'aria-pressed': String(isOn) }, text, on)
}

async function show(picture: 'camera' | 'screen' | 'none'): Promise<void> {
	notice = (await visit.show(picture)) ? '' : TEXTS[language].refused
	draw()
}

function tools(view: VisitView): HTMLElement {
	const texts = TEXTS[language]
	const box = make('div', { class: 'tools' })
	box.append(
		toggle(view.isMuted ? texts.unmute : texts.mute, view.isMuted, () => visit.setMuted(!view.isMuted)),
		toggle(texts.keypad, isKeypadOpen, () => { isKeypadOpen = !isKeypadOpen; draw() }),
	)
	if (view.hasVideo) {
		const isCamera = view.picture === 'camera', isScreen = view.picture === 'screen'
		box.append(toggle(isCamera ? texts.cameraOff : texts.camera, isCamera, () => void show(isCamera ? 'none' : 'camera')))
		if (navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices)
			box.append(toggle(isScreen ? texts.screenOff : texts.screen, isScreen, () => void show(isScreen ? 'none' : 'screen')))
	}
	box.append(make('button', { type: 'button', class: 'hang-up' }, texts.hangUp, () => visit.hangUp()))
	return box
}

function keypad(): HTMLElement {
	const box = make('div', { class: 'keypad', dir: 'ltr', role: 'group', 'aria-label': TEXTS[language].keypad })
	for (const key of KEYS) box.append(make('button', { type: 'button' }, key, () => visit.digit(key)))
	return box
}

function languages(): HTMLElement {
	const select = make('select', { 'aria-label': TEXTS[language].language }) as HTMLSelectElement
	for (const one of LANGUAGES) {
		const option = make('option', { value: one, lang: one }, LANGUAGE_NAMES[one]) as HTMLOptionElement
		option.selected = one === language
		select.append(option)
	}
	select.addEventListener('change', () => {
		language = select.value as Language
		localStorage.setItem(LANGUAGE_KEY, language)
		draw()
	})
	return select
}

const header = make('header')
const card = make('section', { class: 'card' })
card.append(header, status, timer, pictures, body)
root.append(card)

function draw(): void {
	const view = visit.get(), texts = TEXTS[language]
	const isCalling = view.state !== 'idle' && view.state !== 'ended'
	document.documentElement.lang = language
	document.documentElement.dir = isRightToLeft(language) ? 'rtl' : 'ltr'
	document.title = view.line || texts.title
	card.dataset.state = view.state
	header.replaceChildren(make('h1', {}, view.line || texts.title), ...(isCalling ? [] : [languages()]))
	const text = notice || statusText(view)
	if (status.textContent !== text) status.textContent = text
	theirs.setAttribute('aria-label', texts.theirPicture)
	own.setAttribute('aria-label', texts.yourPicture)
	attach(audio, visit.remote.audio)
	attach(theirs, view.isRemotePicture ? visit.remote.video : null)
	attach(own, visit.ownPicture())
	pictures.hidden = theirs.hidden && own.hidden
	const focused = document.activeElement instanceof HTMLElement && body.contains(document.activeElement) ? document.activeElement.textContent : null
	body.replaceChildren(...(isCalling ? [tools(view), ...(isKeypadOpen ? [keypad()] : [])] : [startForm(view)]))
	if (focused) [...body.querySelectorAll('button')].find((button) => button.textContent === focused)?.focus()
}

function tick(): void {
	const { talkingSince } = visit.get()
	const seconds = talkingSince === null ? -1 : Math.floor((performance.now() - talkingSince) / 1000)
	timer.textContent = seconds < 0 ? '' : new Intl.NumberFormat(language, { minimumIntegerDigits: 2 }).format(Math.floor(seconds / 60)) + ':' + new Intl.NumberFormat(language, { minimumIntegerDigits: 2 }).format(seconds % 60)
}

visit.watch(draw)
window.setInterval(tick, 500)
window.addEventListener('beforeunload', () => visit.hangUp())
document.addEventListener('keydown', (event) => {
	if (isKeypadOpen && KEYS.includes(event.key) && !(event.target instanceof HTMLInputElement)) visit.digit(event.key)
})
draw()
