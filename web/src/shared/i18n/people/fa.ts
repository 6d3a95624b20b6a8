/** Persian texts of people's data. */
import type { Message } from '../en'
import type { peopleEn } from './en'

export const peopleFa: Record<keyof typeof peopleEn, Message> = {
	'admin.section.retention': 'مدت نگهداری',
	'section_hint.retention': 'به روز؛ ۰ یعنی همیشه. آنچه کهنه‌تر است کم‌کم برداشته می‌شود. آمار می‌ماند. به تماس‌های جاری و آنچه نگهداری قانونی دارد دست زده نمی‌شود.',
	'field.keep_recordings_days': 'ضبط تماس‌ها',
	'field.keep_voicemails_days': 'پیام‌های صوتی',
	'field.keep_texts_days': 'یادداشت‌ها و پیام‌ها',
	'field.keep_people_days': 'نام‌ها و شماره‌ها در تماس‌ها',
	'field.keep_events_days': 'ماه‌های بایگانی‌شدهٔ رویدادها',
	'field.keep_audit_days': 'گزارش تغییرات',
	'unit.days': 'روز',
	'field.is_kept': 'نگهداری قانونی',
	'help.is_kept': 'چیزی از این مشتری پاک یا به‌سبب کهنگی برداشته نمی‌شود.',
	'person.title': 'داده‌های شخصی',
	'person.export': 'برون‌بری',
	'person.erase': 'پاک‌کردن…',
	'person.erase_title': '{name} پاک شود؟',
	'person.erase_hint': 'نام، شماره‌ها، یادداشت‌ها، پیام‌ها و ضبط‌ها در همهٔ تماس‌ها برای همیشه از میان می‌روند. آمار و گزارش‌ها همان که هستند می‌مانند. این کار برگشت ندارد.',
	'person.found': '{contacts} تماس، {recordings} ضبط',
	'person.is_open': 'تماسی در جریان است: پس از پایان آن پاک کنید.',
	'person.is_kept': 'نگهداری قانونی مانع است: نخست آن را پایان دهید.',
	'person.is_shared': 'مشتری دیگری یکی از این شماره‌ها را دارد: نخست آن را از او بردارید.',
	'person.confirm': 'برای تأیید نام را بنویسید: {name}',
	'person.erased': 'پاک شد.',
	'person.erased_note': 'داده‌های شخصی این تماس پاک شده است.',
	'person.keep': 'نگه‌داشتن (نگهداری قانونی)',
	'person.release': 'پایان نگهداری قانونی',
	'person.kept_note': 'زیر نگهداری قانونی: چیزی از این تماس برداشته نمی‌شود.',
}
