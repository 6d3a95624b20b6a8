/** What the customer's page says, in the languages Markaz speaks. */
import type { VisitEnd } from './visit'

export const LANGUAGES = ['fa', 'ar', 'zh-Hant', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export const LANGUAGE_NAMES: Record<Language, string> = { fa: 'فارسی', ar: 'العربية', 'zh-Hant': '繁體中文', en: 'English' }

export interface Texts {
	title: string
	hint: string
	name: string
	namePlaceholder: string
	call: string
	again: string
	asking: string
	connecting: string
	waiting: string
	talking: (agent: string) => string
	held: string
	reconnecting: string
	hangUp: string
	mute: string
	unmute: string
	keypad: string
	camera: string
	cameraOff: string
	screen: string
	screenOff: string
	yourPicture: string
	theirPicture: string
	refused: string
	language: string
	ends: Record<VisitEnd, string>
}

const en: Texts = {
	title: 'Talk to us',
	hint: 'Your call goes through this page. You need a microphone.',
	name: 'Your name (optional)',
	namePlaceholder: 'So that we know how to greet you',
	call: 'Call',
	again: 'Call again',
	asking: 'Please allow the microphone…',
	connecting: 'Connecting…',
	waiting: 'Please stay on the line…',
	talking: (agent) => (agent ? `You are talking to ${agent}` : 'You are connected'),
	held: 'You are on hold, one moment…',
	reconnecting: 'The connection was lost; it is being restored…',
	hangUp: 'Hang up',
	mute: 'Mute',
	unmute: 'Unmute',
	keypad: 'Keypad',
	camera: 'Camera on',
	cameraOff: 'Camera off',
	screen: 'Show my screen',
	screenOff: 'Stop showing',
	yourPicture: 'Your picture',
	theirPicture: 'Picture from the other side',
	refused: 'The browser did not allow it, or there is nothing to show.',
	language: 'Language',
	ends: {
		hung_up: 'You ended the call.',
		finished: 'The call has ended. Thank you.',
		unreachable: 'We could not be reached. Check your connection and try again.',
		no_microphone: 'No microphone was found. Plug one in and try again.',
		denied: 'The microphone is blocked. Allow it in the browser’s address bar and try again.',
		busy: 'All lines are busy at the moment. Please try again in a few minutes.',
		not_found: 'This line does not exist or is not open to calls from a page.',
		lost: 'The connection was lost. Please call again.',
		closed: 'We are closed at the moment. Please try again in our opening hours.',
	},
}

const fa: Texts = {
	title: 'با ما صحبت کنید',
	hint: 'تماس شما از همین صفحه برقرار می‌شود. به میکروفون نیاز دارید.',
	name: 'نام شما (اختیاری)',
	namePlaceholder: 'تا بدانیم شما را چه صدا کنیم',
	call: 'تماس',
	again: 'تماس دوباره',
	asking: 'لطفاً اجازهٔ میکروفون را بدهید…',
	connecting: 'در حال اتصال…',
	waiting: 'لطفاً پشت خط بمانید…',
	talking: (agent) => (agent ? `در حال گفت‌وگو با ${agent}` : 'وصل شدید'),
	held: 'لطفاً یک لحظه منتظر بمانید…',
	reconnecting: 'ارتباط قطع شد؛ در حال وصل شدن دوباره…',
	hangUp: 'پایان تماس',
	mute: 'بی‌صدا',
	unmute: 'با صدا',
	keypad: 'صفحه‌کلید',
	camera: 'روشن کردن دوربین',
	cameraOff: 'خاموش کردن دوربین',
	screen: 'نمایش صفحهٔ من',
	screenOff: 'پایان نمایش',
	yourPicture: 'تصویر شما',
	theirPicture: 'تصویر طرف مقابل',
	refused: 'مرورگر اجازه نداد یا چیزی برای نمایش نیست.',
	language: 'زبان',
	ends: {
		hung_up: 'تماس را پایان دادید.',
		finished: 'تماس پایان یافت. سپاسگزاریم.',
		unreachable: 'ارتباط برقرار نشد. اتصال خود را بررسی کنید و دوباره تماس بگیرید.',
		no_microphone: 'میکروفونی پیدا نشد. یکی وصل کنید و دوباره تماس بگیرید.',
		denied: 'میکروفون بسته است. در نوار نشانی مرورگر اجازه دهید و دوباره تماس بگیرید.',
		busy: 'اکنون همهٔ خط‌ها مشغول‌اند. لطفاً چند دقیقهٔ دیگر تماس بگیرید.',
		not_found: 'این خط وجود ندارد یا از صفحهٔ وب تماس نمی‌پذیرد.',
		lost: 'ارتباط قطع شد. لطفاً دوباره تماس بگیرید.',
		closed: 'اکنون تعطیل هستیم. لطفاً در ساعت کاری تماس بگیرید.',
	},
}

const ar: Texts = {
	title: 'تحدّث إلينا',
	hint: 'تجري مكالمتك عبر هذه الصفحة. تحتاج إلى ميكروفون.',
	name: 'اسمك (اختياري)',
	namePlaceholder: 'لنعرف كيف نناديك',
	call: 'اتصال',
	again: 'اتصل مجددًا',
	asking: 'يُرجى السماح بالميكروفون…',
	connecting: 'جارٍ الاتصال…',
	waiting: 'يُرجى البقاء على الخط…',
	talking: (agent) => (agent ? `أنت تتحدث إلى ${agent}` : 'تم الاتصال'),
	held: 'لحظة من فضلك…',
	reconnecting: 'انقطع الاتصال؛ جارٍ استعادته…',
	hangUp: 'إنهاء المكالمة',
	mute: 'كتم',
	unmute: 'إلغاء الكتم',
	keypad: 'لوحة الأرقام',
	camera: 'تشغيل الكاميرا',
	cameraOff: 'إيقاف الكاميرا',
	screen: 'عرض شاشتي',
	screenOff: 'إيقاف العرض',
	yourPicture: 'صورتك',
	theirPicture: 'صورة الطرف الآخر',
	refused: 'لم يسمح المتصفح بذلك أو لا يوجد ما يُعرض.',
	language: 'اللغة',
	ends: {
		hung_up: 'أنهيتَ المكالمة.',
		finished: 'انتهت المكالمة. شكرًا لك.',
		unreachable: 'تعذّر الوصول إلينا. تحقق من اتصالك وحاول مجددًا.',
		no_microphone: 'لم يُعثر على ميكروفون. صِل واحدًا وحاول مجددًا.',
		denied: 'الميكروفون محظور. اسمح به في شريط عنوان المتصفح وحاول مجددًا.',
		busy: 'كل الخطوط مشغولة الآن. يُرجى المحاولة بعد دقائق.',
		not_found: 'هذا الخط غير موجود أو لا يقبل مكالمات من صفحة.',
		lost: 'انقطع الاتصال. يُرجى الاتصال مجددًا.',
		closed: 'نحن مغلقون الآن. يُرجى الاتصال في أوقات العمل.',
	},
}

const zh: Texts = {
	title: '與我們通話',
	hint: '通話透過此頁面進行，您需要麥克風。',
	name: '您的姓名（選填）',
	namePlaceholder: '方便我們稱呼您',
	call: '撥打',
	again: '再次撥打',
	asking: '請允許使用麥克風…',
	connecting: '連線中…',
	waiting: '請稍候，請勿掛斷…',
	talking: (agent) => (agent ? `您正在與 ${agent} 通話` : '已接通'),
	held: '請稍候片刻…',
	reconnecting: '連線中斷，正在恢復…',
	hangUp: '掛斷',
	mute: '靜音',
	unmute: '取消靜音',
	keypad: '數字鍵盤',
	camera: '開啟鏡頭',
	cameraOff: '關閉鏡頭',
	screen: '分享螢幕',
	screenOff: '停止分享',
	yourPicture: '您的畫面',
	theirPicture: '對方的畫面',
	refused: '瀏覽器未允許，或沒有可顯示的內容。',
	language: '語言',
	ends: {
		hung_up: '您已結束通話。',
		finished: '通話已結束，謝謝。',
		unreachable: '無法連線。請檢查網路後再試。',
		no_microphone: '找不到麥克風。請接上後再試。',
		denied: '麥克風被封鎖。請在瀏覽器網址列允許後再試。',
		busy: '目前線路忙碌，請幾分鐘後再試。',
		not_found: '此線路不存在，或不接受網頁來電。',
		lost: '連線中斷，請再次撥打。',
		closed: '目前非服務時間，請於服務時間再試。',
	},
}

export const TEXTS: Record<Language, Texts> = { fa, ar, 'zh-Hant': zh, en }

/** The first of what the browser prefers that we speak; English otherwise. */
export function languageOf(wanted: readonly string[]): Language {
	for (const tag of wanted) {
		const base = tag.toLowerCase().split('-')[0]
		if (base === 'zh') return 'zh-Hant'
		const known = LANGUAGES.find((language) => language === base)
		if (known) return known
	}
	return 'en'
}

export const isRightToLeft = (language: Language): boolean => language === 'fa' || language === 'ar'
