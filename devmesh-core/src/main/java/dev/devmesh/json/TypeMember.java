package dev.devmesh.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.PropertyMetadata;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.VirtualAnnotatedMember;
import tools.jackson.databind.ser.VirtualBeanPropertyWriter;
import tools.jackson.databind.util.SimpleBeanPropertyDefinition;

/**
 * Writes the discriminator of a record as if it were its first component. Jackson's own type members depend on the
 * declared type and get lost where that is erased, as in {@code List<Object>}.
 */
final class TypeMember extends VirtualBeanPropertyWriter {

    private static final long serialVersionUID = 1L;

    private final String name;

    private TypeMember(String name, BeanPropertyDefinition definition, AnnotatedClass owner, JavaType type) {
        super(definition, owner.getAnnotations(), type);
        this.name = name;
    }

    static TypeMember of(String name, MapperConfig<?> config, AnnotatedClass owner) {
        JavaType text = config.constructType(String.class);
        BeanPropertyDefinition definition = SimpleBeanPropertyDefinition.construct(
                config,
                new VirtualAnnotatedMember(owner, owner.getRawType(), JsonForm.DISCRIMINATOR, text),
                PropertyName.construct(JsonForm.DISCRIMINATOR),
                PropertyMetadata.STD_REQUIRED,
                JsonInclude.Include.ALWAYS);
        return new TypeMember(name, definition, owner, text);
    }

    @Override
    protected Object value(Object record, JsonGenerator out, SerializationContext context) {
        return name;
    }

    @Override
    public VirtualBeanPropertyWriter withConfig(
            MapperConfig<?> config, AnnotatedClass owner, BeanPropertyDefinition definition, JavaType type) {
        return new TypeMember(name, definition, owner, type);
    }
}
