"""The tokenizer of a fresh encoder, made from the corpus."""

from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel, WordPiece
from tokenizers.trainers import WordPieceTrainer

from prunetransfer.config.encoder import Vocabulary

SPECIAL_TOKENS = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
"""BERT's; their ids are 0 to 4 in this order."""


def make_tokenizer(settings: Vocabulary, texts: Iterable[str]) -> Tokenizer:
    """A tokenizer whose vocabulary holds the most frequent words, or subwords, of the texts. Puts [CLS] and [SEP]."""
    special = list(SPECIAL_TOKENS.values())
    if settings.kind == "word":
        tokenizer = _with_bert_rules(Tokenizer(WordLevel({}, unk_token="[UNK]")), settings)
        words: Counter[str] = Counter()
        for text in texts:
            normalized = tokenizer.normalizer.normalize_str(text)
            words.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normalized))
        # Ties by spelling, so that the ids don't depend on the order of the documents.
        ranked = sorted(words, key=lambda word: (-words[word], word))[: settings.size - len(special)]
        tokenizer.model = WordLevel({word: place for place, word in enumerate([*special, *ranked])}, unk_token="[UNK]")
    else:
        tokenizer = _with_bert_rules(Tokenizer(WordPiece({}, unk_token="[UNK]")), settings)
        trainer = WordPieceTrainer(vocab_size=settings.size, special_tokens=special, show_progress=False)
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.decoder = decoders.WordPiece()
    ids = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
    )
    return tokenizer


def _with_bert_rules(tokenizer: Tokenizer, settings: Vocabulary) -> Tokenizer:
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=settings.lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer
