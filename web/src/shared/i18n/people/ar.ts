/** Arabic texts of people's data. */
import type { Message } from '../en'
import type { peopleEn } from './en'

export const peopleAr: Record<keyof typeof peopleEn, Message> = {
	'admin.section.retention': 'مدة الاحتفاظ',
	'section_hint.retention': 'بالأيام؛ ٠ تعني دائمًا. يُزال الأقدم شيئًا فشيئًا. تبقى الأرقام الإحصائية. لا تُمس الاتصالات الجارية ولا ما عليه حجز قانوني.',
	'field.keep_recordings_days': 'تسجيلات المكالمات',
	'field.keep_voicemails_days': 'البريد الصوتي',
	'field.keep_texts_days': 'الملاحظات والرسائل',
	'field.keep_people_days': 'الأسماء والأرقام في الاتصالات',
	'field.keep_events_days': 'أشهر سجل الأحداث المؤرشفة',
	'field.keep_audit_days': 'سجل التدقيق',
	'unit.days': 'يوم',
	'field.is_kept': 'حجز قانوني',
	'help.is_kept': 'لا يُمحى شيء من هذا العميل ولا يُزال بسبب القدم.',
	'person.title': 'البيانات الشخصية',
	'person.export': 'تصدير',
	'person.erase': 'محو…',
	'person.erase_title': 'محو {name}؟',
	'person.erase_hint': 'يزول الاسم والأرقام والملاحظات والرسائل والتسجيلات نهائيًا من كل الاتصالات. تبقى الأرقام الإحصائية والتقارير كما هي. لا رجعة في ذلك.',
	'person.found': 'الاتصالات: {contacts}، التسجيلات: {recordings}',
	'person.is_open': 'هناك اتصال جارٍ: امحُ بعد انتهائه.',
	'person.is_kept': 'يحفظ حجز قانوني هذه البيانات: أنهه أولًا.',
	'person.is_shared': 'لدى عميل آخر أحد هذه الأرقام: أزله هناك أولًا.',
	'person.confirm': 'أدخل الاسم للتأكيد: {name}',
	'person.erased': 'تم المحو.',
	'person.erased_note': 'مُحيت البيانات الشخصية لهذا الاتصال.',
	'person.keep': 'احتفاظ (حجز قانوني)',
	'person.release': 'إنهاء الحجز القانوني',
	'person.kept_note': 'عليه حجز قانوني: لا يُزال شيء من هذا الاتصال.',
}
